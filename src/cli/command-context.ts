/**
 * The first steps of every command: read the settings, make the application, connect log and progress to its events.
 */
import { parse, resolve } from 'node:path';
import type { Command } from 'commander';
import { createApp } from '../app.ts';
import type { FleetConfig, OrganizationConfig } from '../config/fleet.ts';
import { loadFleet, namesOf, organizationNamed } from '../config/load-config.ts';
import { ConfigError } from '../core/errors.ts';
import { LOG_FORMATS, LOG_LEVELS } from '../core/logging/log-words.ts';
import { createSync } from '../runs/create-sync.ts';
import {
  type CommandContext,
  type ContextOptions,
  catchSignals,
  inOne,
  type TogetherContext,
} from './one-context.ts';
import { requireDatabase } from './require-database.ts';

export type { CommandContext, ContextOptions } from './one-context.ts';

/** Runs `work` in a fresh context and closes it; for each organization if there are several. */
export async function withContext(
  command: Command,
  work: (context: CommandContext) => Promise<void>,
  options: ContextOptions = {},
): Promise<void> {
  const config = fleetFor(command, options);
  if (options.reads === true) requireDatabase(config.base);
  const chosen = chosenFrom(command, config);
  const isOne = config.organizations.length === 0;
  if (chosen.length > 1 && options.each !== true && options.together === undefined)
    throw needsOne(command, config);
  const { signal, release } = catchSignals();
  try {
    if (isOne) {
      const app = createApp({ config: config.base, signal });
      const sync = createSync({ app });
      try {
        await inOne({ app, sync, signal, fleet: undefined, organization: undefined }, options, work);
      } finally {
        await sync.close();
      }
    } else {
      const { inFleet } = await import('./fleet-context.ts');
      const { json = false } = command.optsWithGlobals<GlobalFlags>();
      await inFleet({ config, chosen, signal, json }, options, work);
    }
  } finally {
    release();
  }
}

/** A command that needs nothing before its context: what its file gives as `run`. */
export function inContext<Given extends unknown[]>(
  work: (context: CommandContext, ...given: Given) => void | Promise<void>,
  options: Omit<ContextOptions, 'together'> & {
    readonly together?: (all: TogetherContext, ...given: Given) => Promise<void>;
  } = {},
): (command: Command, ...given: Given) => Promise<void> {
  const { together, ...others } = options;
  return (command, ...given) =>
    withContext(command, async (context) => work(context, ...given), {
      ...others,
      together: together === undefined ? undefined : (all) => together(all, ...given),
    });
}

interface GlobalFlags {
  readonly config?: string;
  readonly logLevel?: string;
  readonly logFormat?: string;
  /** Folder of the embedded database to use, whatever database is configured. */
  readonly directory?: string;
  readonly organization?: readonly string[];
  readonly json?: boolean;
}

/** The settings that a command's options, the environment and the file give. @throws ConfigError */
export function fleetFor(command: Command, { env, isolated }: ContextOptions = {}): FleetConfig {
  const { config, logLevel, logFormat, directory } = command.optsWithGlobals<GlobalFlags>();
  const alone = isolated === true;
  return loadFleet({
    ...(config === undefined ? {} : { file: config }),
    env: alone ? { ...env } : { ...process.env, ...env },
    // A settings file is looked for in the working directory; nobody has one at the root.
    cwd: alone ? parse(process.cwd()).root : process.cwd(),
    overrides: {
      ...(directory === undefined ? {} : { directory: resolve(directory) }),
      ...(logLevel === undefined ? {} : { logLevel: oneOf('--log-level', logLevel, LOG_LEVELS) }),
      ...(logFormat === undefined ? {} : { logFormat: oneOf('--log-format', logFormat, LOG_FORMATS) }),
    },
  });
}

/** The organizations that the command names; default: all. @throws ConfigError */
export function chosenFrom(command: Command, fleet: FleetConfig): readonly OrganizationConfig[] {
  const { organization: names = [] } = command.optsWithGlobals<GlobalFlags>();
  if (names.length === 0) return fleet.organizations;
  return [...new Set(names)].map((name) => organizationNamed(fleet, name));
}

/** All organizations, and those that a command names. */
export interface Chosen {
  readonly fleet: FleetConfig;
  readonly chosen: readonly OrganizationConfig[];
}

/**
 * Reads the settings of a command again and again. The first time is now, and what was read counts for the first `load`:
 * a pipe can be read once.
 *
 * @throws ConfigError
 */
export function settingsReader(command: Command): { readonly last: Chosen; load(): Chosen } {
  const read = (): Chosen => {
    const fleet = fleetFor(command);
    return { fleet, chosen: chosenFrom(command, fleet) };
  };
  let last = read();
  let isNew = true;
  return {
    get last() {
      return last;
    },
    load() {
      if (!isNew) last = read();
      isNew = false;
      return last;
    },
  };
}

/** The one organization that a command works on. @throws ConfigError where there are several */
export function onlyOf(command: Command, { fleet, chosen }: Chosen): OrganizationConfig | undefined {
  if (chosen.length > 1) throw needsOne(command, fleet);
  return chosen[0];
}

/** For what works on one organization alone. */
function needsOne(command: Command, fleet: FleetConfig): ConfigError {
  const { parent } = command;
  const name = parent?.parent == null ? command.name() : `${parent.name()} ${command.name()}`;
  return new ConfigError(`"${name}" works on one organization, and the settings have several.`, {
    advice: `Name it with --organization: ${namesOf(fleet)}.`,
  });
}

/** A choice among words. @throws ConfigError */
function oneOf<T extends string>(name: string, value: string, choices: readonly T[]): T {
  const choice = choices.find((candidate) => candidate === value);
  if (choice === undefined)
    throw new ConfigError(`${name} must be one of ${choices.join(', ')}, not "${value}".`);
  return choice;
}
