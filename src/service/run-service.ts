/** The service as a command runs it: with its log, its signals and its end. */
import { resolve } from 'node:path';
import type { Config } from '../config/schema.ts';
import { EventBus } from '../events/bus.ts';
import { logEvents } from '../logging/log-events.ts';
import { createLogger } from '../logging/logger.ts';
import { redact } from '../logging/redact.ts';
import type { JobOutcome } from './job-run.ts';
import { openService, type Service } from './service.ts';

/** How a service is run. */
export interface RunServiceOptions {
  /** @throws ConfigError */
  readonly load: () => Config;
  /** False: only the page. */
  readonly schedules: boolean;
  /** Run what is due and end. */
  readonly once: boolean;
  /** Told once the settings are accepted. */
  readonly onOpen: (service: Service) => void;
}

/** What became of it; only with `once` there are outcomes. */
export interface ServiceEnd {
  readonly outcomes: readonly JobOutcome[];
  readonly stoppedBy: string | undefined;
}

/**
 * Runs a service until a signal stops it, or, with `once`, until what is due is done. SIGHUP reads the settings again;
 * a second SIGTERM or SIGINT ends the process at once.
 *
 * @throws ConfigError; LockedError, DatabaseError with `once`.
 */
export async function runService(options: RunServiceOptions): Promise<ServiceEnd> {
  const events = new EventBus();
  const service = openService({ load: options.load, schedules: options.schedules, events });
  options.onOpen(service);
  let stopLog = startLog(service);
  // What the settings say of the log may be new, too.
  events.on('config.reloaded', () => {
    stopLog();
    stopLog = startLog(service);
  });
  let stoppedBy: string | undefined;
  const release = onSignals({
    stop: (name) => {
      stoppedBy = name;
      void service.stop(name);
    },
    reload: () => void service.reload(),
  });
  try {
    const schedules = service.app.config.schedules.map(({ name }) => name);
    events.emit('service.started', { url: undefined, schedules: options.schedules ? schedules : [] });
    if (options.once) return { outcomes: await service.once(), stoppedBy };
    await service.serve();
    return { outcomes: [], stoppedBy };
  } finally {
    await service.stop('the end of the command');
    release();
    stopLog();
  }
}

function startLog(service: Service): () => void {
  const { level, format, file, maxMegabytes, maxFiles } = service.app.config.log;
  const logger = createLogger({
    ...{ level, format, secrets: () => service.secrets() },
    file: file === undefined ? undefined : { path: resolve(file), maxMegabytes, maxFiles, level },
  });
  return logEvents(service.events, logger, { stateSchema: service.app.schemas.state });
}

/** Takes every secret out of a text that the service says. */
export function redactorOf(service: Service): (text: string) => string {
  return (text) => redact(text, service.secrets());
}

function onSignals({
  stop,
  reload,
}: {
  readonly stop: (name: string) => void;
  readonly reload: () => void;
}): () => void {
  let isStopping = false;
  const onStop = (name: NodeJS.Signals): void => {
    if (isStopping) process.exit(130);
    isStopping = true;
    stop(name);
  };
  const stops = ['SIGINT', 'SIGTERM'] as const;
  for (const name of stops) process.on(name, onStop);
  process.on('SIGHUP', reload);
  return () => {
    for (const name of stops) process.off(name, onStop);
    process.off('SIGHUP', reload);
  };
}
