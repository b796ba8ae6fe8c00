/** The service as a command runs it: with its log, its signals and its end. */
import type { Config } from '../../config/schema.ts';
import { EventBus } from '../../core/events/bus.ts';
import { logEvents } from '../../core/logging/log-events.ts';
import { openLog } from '../../core/logging/logger.ts';
import { redact } from '../../core/logging/redact.ts';
import { watchedBy } from '../freshness/watch-list.ts';
import { type Metrics, openMetrics } from '../metrics/open-metrics.ts';
import { startWeb } from '../web/start-web.ts';
import type { JobOutcome } from './job-run.ts';
import { type KeptPage, keepPage } from './keep-page.ts';
import { openService, type Service, type ServiceOptions } from './service.ts';
import { onSignals } from './signals.ts';
import { openWatch, type Watch } from './watch.ts';

/** Time for which a process whose work is over waits for connections that hang. */
export const LINGER_MS = 10_000;

/** Settings of a service. */
export interface RunServiceOptions {
  /** @throws ConfigError */
  readonly load: () => Config;
  /** The organization and all others, if there are several. */
  readonly fleet?: ServiceOptions['fleet'];
  /** False: only the page. */
  readonly schedules: boolean;
  /** Run what is due and end. */
  readonly once: boolean;
  /** Called once the settings are accepted. */
  readonly onOpen: (service: Service) => void;
}

/**
 * Runs a service until a signal stops it, or, with `once`, until what is due is done. SIGHUP reads the settings again;
 * a second SIGTERM or SIGINT ends the process at once.
 *
 * @throws ConfigError; LockedError, DatabaseError with `once`.
 */
export async function runService(
  options: RunServiceOptions,
): Promise<{ outcomes: readonly JobOutcome[]; stoppedBy: string | undefined }> {
  const events = new EventBus();
  const { load, schedules, fleet, once } = options;
  const service = openService({ ...{ load, events, schedules, fleet }, spreads: !once });
  options.onOpen(service);
  const log = followLog(service);
  let stoppedBy: string | undefined;
  const stop = (name: string): void => {
    stoppedBy = name;
    void service.stop(name);
  };
  const release = onSignals(stop, () => void service.reload());
  let watch: Watch | undefined;
  let page: KeptPage | undefined;
  try {
    watch = await openWatch(service);
    if (!options.once) {
      const metrics = metricsOf(service);
      page = await openPage(service, () => metrics.expose());
    }
    const names = service.app.config.schedules.map(({ name }) => name);
    events.emit('service.started', { url: page?.url, schedules: schedules ? names : [] });
    if (options.once) return { outcomes: await service.once(), stoppedBy };
    await service.serve();
    return { outcomes: [], stoppedBy };
  } finally {
    page?.stopping();
    await service.stop('the end of the command');
    await page?.close();
    await watch?.close();
    release();
    log.stop();
    // A connection that hangs must not keep a process whose work is over.
    setTimeout(() => process.exit(), LINGER_MS).unref();
  }
}

function metricsOf(service: Service): Metrics {
  return openMetrics({
    events: service.events,
    watched: () => watchedBy(service.app.config, new Date(service.app.clock.now())),
    schemas: () => service.app.schemas,
    database: () => service.database(),
    waiting: () => service.app.waiting(),
  });
}

/** The page, where the settings in force want it. @throws ConfigError where it can't listen at first. */
async function openPage(service: Service, metrics: Metrics['expose']): Promise<KeptPage> {
  const page = await keepPage({
    settings: () => service.app.config.service,
    start: () => startWeb({ control: service, metrics }),
    onFailure: (error) => service.events.emit('page.failed', { error }),
  });
  service.events.on('config.reloaded', () => void page.move());
  return page;
}

/** Logs what happens, as the settings in force say. */
function followLog(service: Service): { stop: () => void } {
  const wanted = (): string => JSON.stringify([service.app.config.log, service.app.schemas]);
  let current = wanted();
  let stop = startLog(service);
  const unlisten = service.events.on('config.reloaded', () => {
    if (wanted() === current) return;
    current = wanted();
    stop();
    stop = startLog(service);
  });
  return {
    stop() {
      unlisten();
      stop();
    },
  };
}

function startLog(service: Service): () => void {
  const logger = openLog(service.app.config.log, () => service.secrets());
  return logEvents(service.events, logger, { stateSchema: service.app.schemas.state });
}

/** Takes every secret out of a text that the service says. */
export function redactorOf(service: Service): (text: string) => string {
  return (text) => redact(text, service.secrets());
}
