/** `sync --dry-run`: what the next run would ask for and how long that takes, without asking. */
import type { Stream } from '../extractors/stream.ts';
import { countRows } from '../state/read/outcomes.ts';
import { requestsEach, requestsPerSecond } from '../state/read/runs.ts';
import { isMigrated } from '../state/read/status.ts';
import { planStream, type StreamPlan } from './plan.ts';
import type { SyncEngine } from './sync-engine.ts';

/** A partition of which something is in doubt has mostly one such endpoint, asked twice. */
const REPEATS = 2;

/** The plan of one stream. */
export interface PlannedStream {
  readonly name: string;
  /** Partitions that are due now, 1 for a root listing; undefined where nothing is known yet. */
  readonly due: number | undefined;
  /** Partitions there are. */
  readonly partitions: number | undefined;
  /** Requests they take, by what they took in earlier runs. */
  readonly requests: number | undefined;
  readonly reason: string;
}

/** The plan of a run. */
export interface SyncPlan {
  readonly streams: readonly PlannedStream[];
  /** Requests of all streams; undefined before the first load, when nobody knows how much there is. */
  readonly requests: number | undefined;
  /** Requests among them that the slow cycle spreads over the runs. */
  readonly slowRequests: number;
  /** Duration at `rate`, in seconds; undefined if no rate is known. */
  readonly seconds: number | undefined;
  /** `600 requests a minute (configured)`. */
  readonly rate: string | undefined;
}

/**
 * Plans every stream from what the last runs left. Parents that changed in Sigma since then add their children to
 * it once their listing is read.
 *
 * @param perMinute the configured rate; without one the rate of the last runs is taken.
 * @throws DatabaseError
 */
export async function dryRun(
  engine: SyncEngine,
  streams: readonly Stream[],
  full: boolean,
  perMinute: number | undefined,
): Promise<SyncPlan> {
  const { database, schemas } = engine;
  if (!(await isMigrated(database, schemas))) return firstLoad(streams);
  const planned: PlannedStream[] = [];
  let slow = 0;
  for (const stream of streams) {
    const plan = await planStream(stream, {
      database,
      schemas,
      // No run has this cycle, so what every run reads is due.
      cycleId: '',
      cycleStartedAt: engine.now(),
      full,
      refreshMs: engine.refreshMs,
      now: engine.now(),
      assumeListed: true,
    });
    const each = await database.session((session) => requestsEach(session, schemas, stream.name));
    const perPartition = Math.max(1, each ?? 1);
    const doubtful = plan.due.doubtful ?? 0;
    const requests =
      stream.partitions === undefined
        ? await listingRequests(engine, stream, plan)
        : Math.ceil((plan.count - doubtful) * perPartition) + doubtful * REPEATS;
    slow += Math.ceil((plan.due.turn ?? 0) * perPartition);
    const { count: due, total: partitions, reason } = plan;
    planned.push({ name: stream.name, due, partitions, requests, reason });
  }
  const requests = planned.reduce((sum, stream) => sum + (stream.requests ?? 0), 0);
  const rate = await rateOf(engine, perMinute);
  return {
    streams: planned,
    requests,
    slowRequests: slow,
    seconds: rate === undefined ? undefined : requests / rate.perSecond,
    rate: rate?.text,
  };
}

function firstLoad(streams: readonly Stream[]): SyncPlan {
  const planned = streams.map(({ name, partitions }): PlannedStream => {
    const reason = partitions === undefined ? 'first load: the whole listing' : 'first load: every partition';
    return { name, due: undefined, partitions: undefined, requests: undefined, reason };
  });
  return { streams: planned, requests: undefined, slowRequests: 0, seconds: undefined, rate: undefined };
}

/** Pages of a root listing: by the rows of the last one, and one per listing at least. */
async function listingRequests(
  { database, schemas, pageSize }: SyncEngine,
  stream: Stream,
  { count }: StreamPlan,
): Promise<number> {
  if (count === 0) return 0;
  const rows = await database.session((session) => countRows(session, schemas, [stream.name]));
  const listings = stream.sources[0]?.listings ?? [];
  const size = Math.min(pageSize, listings[0]?.limit ?? pageSize);
  return Math.max(listings.length, Math.ceil((rows.get(stream.name) ?? 0) / size));
}

/** Requests a second: as configured, else as the last runs made them. */
async function rateOf(
  { database, schemas }: SyncEngine,
  perMinute: number | undefined,
): Promise<{ perSecond: number; text: string } | undefined> {
  if (perMinute !== undefined)
    return { perSecond: perMinute / 60, text: `${perMinute} requests a minute, as configured` };
  const rate = await database.session((session) => requestsPerSecond(session, schemas));
  if (rate === undefined || rate <= 0) return undefined;
  return { perSecond: rate, text: `${Math.round(rate * 60)} requests a minute, as in the last runs` };
}
