/** The metrics of a process, for Prometheus: what its events tell, and what the database knows. */
import { collectDefaultMetrics, type Gauge, Registry } from 'prom-client';
import type { Database } from '../../core/database/database.ts';
import type { EventBus } from '../../core/events/bus.ts';
import { version } from '../../core/version.ts';
import type { Schemas } from '../../state/schemas.ts';
import { isOfExport, type WatchedNames } from '../freshness/watch-list.ts';
import { type DATABASE_METRICS, METRICS } from './definitions.ts';
import { type Figure, type Figures, keepFresh, readFigures } from './figures.ts';
import { type Instruments, makeInstruments } from './instruments.ts';
import { countEvents, expectExport, expectRuns, expectStream } from './listen.ts';

/** Options of `openMetrics`. The functions are asked for every scrape, so that a reload of the settings shows. */
export interface MetricsOptions {
  /** The application's bus: it hears those of single runs, too. */
  readonly events: EventBus;
  readonly watched: () => WatchedNames;
  readonly schemas: () => Schemas;
  /** @throws DatabaseError where it can't be opened, which fails no scrape. */
  readonly database: () => Promise<Database>;
  /** Requests that wait, by lane: `App.waiting`. */
  readonly waiting?: () => Readonly<Record<string, number>>;
  /** Milliseconds since 1970; default: the system's clock. */
  readonly now?: () => number;
  /** Milliseconds for which what the database said is good enough; default 15 s. */
  readonly cacheMs?: number;
  /** Milliseconds that a scrape waits for the database before it goes without; default 3 s. */
  readonly patienceMs?: number;
}

/** The text of a scrape. */
export interface Scrape {
  readonly contentType: string;
  readonly body: string;
}

/** Metrics that are being collected. */
export interface Metrics {
  /** A registry of its own, never prom-client's global one. Figures of the database are as `expose` last left them. */
  readonly registry: Registry;
  /** Never throws, never waits long: a database that is gone is a figure, too. */
  expose(): Promise<Scrape>;
  close(): void;
}

const NONE_WAITING = (): Readonly<Record<string, number>> => ({});
/** How long what the database said is good enough, and how long it is waited for, in milliseconds. */
export const CACHE_MS = 15_000;
export const PATIENCE_MS = 3_000;
/** No answer for so long is an outage. */
export const LOST_MS = 60_000;

/** Kinds of alerts that are 0 before the first one. */
const ALERT_KINDS: readonly string[] = ['failure', 'staleness', 'deletion_guard', 'drift', 'expiry'];

/**
 * Collects from now on.
 *
 * @example
 * const metrics = openMetrics({
 *   events: app.events,
 *   watched: () => watchedBy(app.config, new Date()),
 *   schemas: () => app.schemas,
 *   database: sync.database,
 *   waiting: app.waiting,
 * });
 * const { contentType, body } = await metrics.expose();
 */
export function openMetrics(options: MetricsOptions): Metrics {
  const { events, watched, schemas, database, waiting = NONE_WAITING, now = () => Date.now() } = options;
  const registry = new Registry();
  const into = makeInstruments(registry, METRICS);
  collectDefaultMetrics({ register: registry });
  into.build.set({ version, node: process.version }, 1);
  into.leader.set(0);
  into.tokens.inc(0);
  const stop = countEvents(events, into);
  const known = keepFresh({
    read: async () => readFigures(await database(), schemas()),
    cacheMs: options.cacheMs ?? CACHE_MS,
    patienceMs: options.patienceMs ?? PATIENCE_MS,
    lostMs: LOST_MS,
    now: () => performance.now(),
  });

  function expect({ streams, exports, schedules }: WatchedNames): void {
    for (const stream of streams) expectStream(into, stream);
    for (const name of exports) expectExport(into, name);
    for (const schedule of schedules) {
      expectRuns(into, { command: 'export', schedule });
      if (!isOfExport(schedule)) expectRuns(into, { command: 'sync', schedule });
    }
  }
  expect(watched());

  return {
    registry,
    async expose() {
      const current = watched();
      expect(current);
      const { reachable, figures } = await known();
      fill(
        into.queue,
        Object.entries(waiting()).map(([name, value]) => ({ name, value })),
        'lane',
      );
      into.reachable.set(reachable ? 1 : 0);
      show(into, figures, current, now() / 1000);
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
    close: stop,
  };
}

/** Sets the gauges that come from the database; all but `database_reachable` are left out where it is silent. */
function show(
  into: Instruments<typeof DATABASE_METRICS>,
  figures: Figures | undefined,
  watched: WatchedNames,
  now: number,
): void {
  const { streamSuccess = [], streamRows = [], partitionsFailed = [], exportSuccess = [] } = figures ?? {};
  const { unavailable = [], watermarks = [], scheduleSuccess = [], alerts = [] } = figures ?? {};
  const readable = figures === undefined ? [] : watched.streams.filter((name) => !unavailable.includes(name));
  const exports = figures === undefined ? [] : watched.exports;
  const target =
    (what: 'stream' | 'export') =>
    (name: string): Figure => ({ name, value: watched.targetSeconds(what, name) });
  // A clock that went back makes nothing fresher than fresh.
  const age = ({ name, value }: Figure): Figure => ({ name, value: Math.max(0, now - value) });
  fill(into.freshness, only(streamSuccess, readable).map(age), 'stream');
  fill(into.freshnessTarget, readable.map(target('stream')), 'stream');
  fill(into.streamRows, streamRows, 'stream');
  fill(into.partitionsFailed, only(partitionsFailed, watched.streams), 'stream');
  fill(into.exportFreshness, only(exportSuccess, exports).map(age), 'export');
  fill(into.exportTarget, exports.map(target('export')), 'export');
  fill(into.watermark, only(watermarks, exports), 'export');
  fill(into.scheduleSuccess, only(scheduleSuccess, watched.schedules), 'schedule');
  const kinds = figures === undefined ? [] : ALERT_KINDS.map((name) => ({ name, value: 0 }));
  fill(into.alerts, [...kinds, ...alerts], 'kind');
}

/** Streams that the settings no longer name grow older for ever, and trouble nobody. */
function only(figures: readonly Figure[], names: readonly string[]): readonly Figure[] {
  return figures.filter(({ name }) => names.includes(name));
}

/** Sets a gauge to these values and no others. */
export function fill<L extends string>(gauge: Gauge<L>, figures: readonly Figure[], label: L): void {
  gauge.reset();
  for (const { name, value } of figures) gauge.set({ [label]: name } as Record<L, string>, value);
}
