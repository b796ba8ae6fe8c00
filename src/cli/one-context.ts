/** One organization, or the only one, for the length of a command: its application, its log, and what it opened. */
import type { App } from '../app.ts';
import type { FleetConfig, OrganizationConfig } from '../config/fleet.ts';
import type { Database } from '../core/database/database.ts';
import { InterruptedError } from '../core/errors.ts';
import { logEvents } from '../core/logging/log-events.ts';
import { openLog } from '../core/logging/logger.ts';
import type { Sync } from '../runs/requests.ts';
import { speak, speakAs } from './voice.ts';

type Client = Awaited<ReturnType<App['openClient']>>;

/** An application with its log, for the length of one command. */
export interface CommandContext extends App {
  /** Aborts on SIGINT, SIGTERM and SIGHUP. */
  readonly signal: AbortSignal;
  /** All organizations of the settings, and which of them this is; undefined where there is one. */
  readonly fleet: FleetConfig | undefined;
  readonly organization: string | undefined;
  /** Runs syncs, backfills and exports. */
  readonly sync: Sync;
  /** Opened by the first call, closed when the command ends. */
  database(): Promise<Database>;
  /** Likewise. @throws ConfigError where there are no credentials */
  client(): Promise<Client>;
  /** Tells the user something that is not the command's result: one line on standard error. */
  tell(text: string): void;
}

/** A person waits for the answer; runs, which have clients of their own, are more patient. */
export const NOWHERE_MS = 3000;

/** Overrides that a command sets on its own settings, such as the demo's folder. */
export interface ContextOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Use these settings alone: neither the user's file nor the user's environment. */
  readonly isolated?: boolean;
  /** Show live progress on a terminal. */
  readonly progress?: boolean;
  /** With several organizations the command runs for each of them; without it, the user must name one. */
  readonly each?: boolean;
  /** Number of them at a time; default 1. */
  readonly atOnce?: number | undefined;
  /** With several organizations this runs once, for all of them. */
  readonly together?: ((all: TogetherContext) => Promise<void>) | undefined;
  /** It only reads the database, and creates none. */
  readonly reads?: boolean;
  /** It changes tables, so the views over all organizations are updated afterwards. */
  readonly changes?: boolean;
}

/** All chosen organizations, for a command that runs once for all of them. */
export interface TogetherContext {
  readonly fleet: FleetConfig;
  readonly chosen: readonly OrganizationConfig[];
  readonly members: readonly { readonly name: string; readonly app: App }[];
  readonly signal: AbortSignal;
  readonly now: number;
  database(): Promise<Database>;
  redact(text: string): string;
}

/** The parts of a context. */
export interface ContextParts extends Pick<CommandContext, 'signal' | 'fleet' | 'organization' | 'sync'> {
  readonly app: App;
}

/** A context with its own client; `close` closes that. */
export function contextOf(
  { app, sync, ...parts }: ContextParts,
  tell: (text: string) => void,
): { readonly context: CommandContext; close(): Promise<void> } {
  let client: Promise<Client> | undefined;
  return {
    context: {
      ...app,
      ...parts,
      ...{ sync, tell },
      database: sync.database,
      client: () => {
        client ??= app.openClient({ nowhereMs: NOWHERE_MS });
        return client;
      },
    },
    close: async () =>
      client?.then(
        (opened) => opened.close(),
        () => undefined,
      ),
  };
}

/** Runs `work` for one organization, with its log and, on a terminal, its progress. */
export async function inOne(
  parts: ContextParts,
  options: ContextOptions,
  work: (context: CommandContext) => Promise<void>,
): Promise<void> {
  const { app } = parts;
  const { level, format } = app.config.log;
  speakAs(app.redact, format);
  const live = options.progress === true && format === 'text' && process.stderr.isTTY;
  const stopProgress = live ? await showProgress(app) : undefined;
  // The display says what the ordinary lines would; what needs attention still gets a line.
  const logger = openLog(app.config.log, app.secrets, live && level === 'info' ? 'warn' : level);
  const stopLog = logEvents(app.events, logger, { stateSchema: app.schemas.state });
  const { context, close } = contextOf(parts, (text) => {
    stopProgress?.();
    speak('warn', 'command.told', text);
  });
  try {
    await work(context);
  } finally {
    stopLog();
    stopProgress?.();
    await close();
  }
}

async function showProgress({ events, clock }: App): Promise<() => void> {
  const { showProgress: show } = await import('../core/progress/show-progress.ts');
  return show(events, process.stderr, () => new Date(clock.now()));
}

/** The first signal asks the run to stop; a second one ends the process. */
export function catchSignals(): { signal: AbortSignal; release: () => void } {
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
