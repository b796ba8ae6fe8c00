/** `sync --dry-run`: what the next run would ask for, without asking. */
import { quoteTable } from '../database/database.ts';
import type { Stream } from '../extractors/stream.ts';
import type { SyncEngine } from '../sync/context.ts';
import { planStream } from '../sync/plan.ts';
import { isMigrated } from './status.ts';

/** The plan of one stream. */
export interface PlannedStream {
  readonly name: string;
  /** Partitions that are due now; 1 for a root listing. */
  readonly due: number;
  /** Partitions there are. */
  readonly partitions: number;
  /** Requests they take at least; undefined where nothing is known yet. */
  readonly requests: number | undefined;
  readonly reason: string;
}

/**
 * Plans every stream from what the last runs left. Parents that changed in Sigma since then add their children to
 * it once their listing is read.
 *
 * @throws DatabaseError
 */
export async function dryRun(
  engine: SyncEngine,
  streams: readonly Stream[],
  full: boolean,
): Promise<PlannedStream[]> {
  const { database, schemas } = engine;
  if (!(await isMigrated(database, schemas))) {
    return streams.map(({ name, partitions }) => {
      const reason =
        partitions === undefined ? 'first load: the whole listing' : 'first load: every partition';
      return { name, due: 0, partitions: 0, requests: undefined, reason };
    });
  }
  const planned: PlannedStream[] = [];
  for (const stream of streams) {
    const plan = await planStream(stream, {
      database,
      schemas,
      cycleId: '',
      full,
      refreshMs: engine.refreshMs,
      now: engine.now(),
      assumeListed: true,
    });
    const { count: due, total: partitions, reason } = plan;
    const requests = stream.partitions === undefined ? await listingRequests(engine, stream) : due;
    planned.push({ name: stream.name, due, partitions, requests, reason });
  }
  return planned;
}

/** Pages of a root listing: by the rows of the last one, and one per listing at least. */
async function listingRequests({ database, schemas, pageSize }: SyncEngine, stream: Stream): Promise<number> {
  const [row] = await database.session((session) =>
    session.query<{ count: number }>(
      `select count(*)::integer as count from ${quoteTable(schemas.target, stream.name)} where _deleted_at is null`,
    ),
  );
  const listings = stream.sources[0]?.listings.length ?? 1;
  return Math.max(listings, Math.ceil((row?.count ?? 0) / pageSize));
}
