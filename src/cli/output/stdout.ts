/**
 * The place that commands print to: standard output, or a record of their own where one runs for several
 * organizations.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

/** The output of a command, and its exit code. */
export interface Printed {
  readonly text: string[];
  /** JSON documents. */
  readonly documents: unknown[];
  exitCode: number;
  /** Why, in a few words, where the command says so. */
  reason?: string;
}

const current = new AsyncLocalStorage<Printed>();

/** Runs `work`; what it prints goes into `printed`. */
export function printingTo(printed: Printed, work: () => Promise<void>): Promise<void> {
  return current.run(printed, work);
}

/** The record in use; undefined where a command prints by itself. */
export function recordInUse(): Printed | undefined {
  return current.getStore();
}

/** Prints text. */
export function write(text: string): void {
  const printed = current.getStore();
  if (printed === undefined) process.stdout.write(text);
  else printed.text.push(text);
}

/** Sets the code that the command ends with. @param reason for the summary of several organizations */
export function exitWith(code: number, reason?: string): void {
  const printed = current.getStore();
  if (printed === undefined) process.exitCode = code;
  else {
    printed.exitCode = code;
    if (reason !== undefined) printed.reason = reason;
  }
}
