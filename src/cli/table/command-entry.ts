/** What a command is in the table, and what its file gives. */
import type { Argument, Command, Option } from 'commander';

/** A command as it is called. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly arguments?: readonly Argument[];
  readonly options?: readonly Option[];
  /** Stands below the options in the help. */
  readonly help: string;
  /** Its argument may look like an option. */
  readonly allowUnknownOption?: true;
  readonly load: () => Promise<CommandModule>;
}

/** Commands behind one word. */
export interface CommandGroup {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly CommandEntry[];
}

export interface CommandModule {
  /** @param given the arguments in their order, then the options: what the table declares */
  run(command: Command, ...given: unknown[]): void | Promise<void>;
}
