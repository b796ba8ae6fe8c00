/** What every command does first: read the settings, make the application, connect log and progress to its events. */
import { parse, resolve } from 'node:path';
import type { Command } from 'commander';
import { type App, createApp } from '../app.ts';
import { loadConfig } from '../config/load-config.ts';
import type { Config } from '../config/schema.ts';
import { LOG_FORMATS, LOG_LEVELS } from '../core/logging/log-words.ts';
import { createSync } from '../runs/create-sync.ts';
import type { Sync } from '../runs/requests.ts';
import type { Database } from '../core/database/database.ts';
import { ConfigError, InterruptedError } from '../core/errors.ts';
import { logEvents } from '../core/logging/log-events.ts';
import { createLogger } from '../core/logging/logger.ts';
import { speak, speakAs } from './voice.ts';

type Client = Awaited<ReturnType<App['openClient']>>;

/** An application with its log, for the length of one command. */
export interface CommandContext extends App {
  /** Aborts on SIGINT, SIGTERM and SIGHUP. */
  readonly signal: AbortSignal;
  /** What runs syncs, backfills and exports. */
  readonly sync: Sync;
  /** Opened by the first call, closed when the command ends. */
  database(): Promise<Database>;
  /** Likewise. @throws ConfigError where there are no credentials */
  client(): Promise<Client>;
  /** Tells the user something that is not the command's result: one line on standard error. */
  tell(text: string): void;
}

/** A person waits for the answer; runs, which have clients of their own, are more patient. */
const NOWHERE_MS = 3000;

/** Overrides that a command sets on its own settings, such as the demo's folder. */
export interface ContextOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Use these settings alone: neither the user's file nor the user's environment. */
  readonly isolated?: boolean;
  /** Show live progress on a terminal. */
  readonly progress?: boolean;
}

/** Runs `work` in a fresh context and closes what it opened. */
export async function withContext<T>(
  command: Command,
  work: (context: CommandContext) => Promise<T>,
  options: ContextOptions = {},
): Promise<T> {
  const config = configFor(command, options);
  const { signal, release } = catchSignals();
  const app = createApp({ config, signal });
  const { level, format, file, maxMegabytes, maxFiles } = app.config.log;
  speakAs(app.redact, format);
  const live = options.progress === true && format === 'text' && process.stderr.isTTY;
  const stopProgress = live ? await showProgress(app) : undefined;
  // The display says what the ordinary lines would; what needs attention still gets a line.
  const logger = createLogger({
    level: live && level === 'info' ? 'warn' : level,
    format,
    file: file === undefined ? undefined : { path: resolve(file), maxMegabytes, maxFiles, level },
    secrets: app.secrets,
  });
  const stopLog = logEvents(app.events, logger, { stateSchema: app.schemas.state });
  const sync = createSync({ app });
  let client: Promise<Client> | undefined;
  try {
    return await work({
      ...app,
      signal,
      sync,
      database: sync.database,
      client: () => {
        client ??= app.openClient({ nowhereMs: NOWHERE_MS });
        return client;
      },
      tell: (text) => {
        stopProgress?.();
        speak('warn', 'command.told', text);
      },
    });
  } finally {
    release();
    stopLog();
    stopProgress?.();
    await client?.then(
      (opened) => opened.close(),
      () => undefined,
    );
    await sync.close();
  }
}

/** A command that needs nothing before its context: what its file gives as `run`. */
export function inContext<Given extends unknown[]>(
  work: (context: CommandContext, ...given: Given) => void | Promise<void>,
  options?: ContextOptions,
): (command: Command, ...given: Given) => Promise<void> {
  return (command, ...given) => withContext(command, async (context) => work(context, ...given), options);
}

async function showProgress({ events, clock }: App): Promise<() => void> {
  const { showProgress: show } = await import('../core/progress/show-progress.ts');
  return show(events, process.stderr, () => new Date(clock.now()));
}

interface GlobalFlags {
  readonly config?: string;
  readonly logLevel?: string;
  readonly logFormat?: string;
  /** Folder of the embedded database to use, whatever database is configured. */
  readonly directory?: string;
}

/** The settings that a command's options, the environment and the file give. @throws ConfigError */
export function configFor(command: Command, { env, isolated }: ContextOptions = {}): Config {
  const { config, logLevel, logFormat, directory } = command.optsWithGlobals<GlobalFlags>();
  const alone = isolated === true;
  return loadConfig({
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

/** A choice among words. @throws ConfigError */
function oneOf<T extends string>(name: string, value: string, choices: readonly T[]): T {
  const choice = choices.find((candidate) => candidate === value);
  if (choice === undefined)
    throw new ConfigError(`${name} must be one of ${choices.join(', ')}, not "${value}".`);
  return choice;
}

/** The first signal asks the run to stop; a second one ends the process. */
function catchSignals(): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new InterruptedError(`Stopped by ${name}.`, { advice: 'Loaded data is kept.' }));
  };
  for (const name of names) process.on(name, onSignal);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of names) process.off(name, onSignal);
    },
  };
}
