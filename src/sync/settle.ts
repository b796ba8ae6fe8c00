/**
 * Settles absences after a stream was read: each is confirmed by a direct GET that answers 404 or by a second
 * listing, weighed against the deletion guard, and only then tombstoned.
 */
import { ApiError, NetworkError } from '../errors.ts';
import { fill } from '../extractors/extract.ts';
import type { Stream } from '../extractors/stream.ts';
import {
  type AbsenceCount,
  type AbsentRow,
  countAbsences,
  settleAbsences,
  type TombstoneContext,
  unconfirmedAbsences,
  writeTombstones,
} from '../loaders/tombstones.ts';
import type { RunContext } from './context.ts';

/** Up to this many rows of a partitioned stream are looked at one by one even where a second listing costs less. */
const FEW_LOOKS = 50;
/** Direct looks under way at once; the client paces them with everything else. */
const LOOKS_AT_ONCE = 8;

/** What became of a stream's absences. */
export interface Settlement {
  readonly deleted: number;
  readonly children: ReadonlyMap<string, number>;
  /** Set where the guard kept the rows: one sentence with the way out. */
  readonly guarded?: string;
}

/** Why partitions are read again: to catch what a shifting listing skipped, or as the proof of what it lacks. */
export type RelistPurpose = 'complete' | 'confirm';

/**
 * @param relist reads the given partitions of the stream again and commits them.
 * @throws DatabaseError, AuthError, InterruptedError
 */
export async function settle(
  context: RunContext,
  stream: Stream,
  relist: (partitions: readonly string[], purpose: RelistPurpose) => Promise<void>,
): Promise<Settlement> {
  const { engine, options } = context;
  const tombstones: TombstoneContext = { ...engine, streams: engine.catalogue };
  let count = await countAbsences(tombstones, stream);
  if (count.unconfirmed > 0) {
    const absent = await unconfirmedAbsences(tombstones, stream);
    const partitions = [...new Set(absent.map((row) => row.partition))];
    const suspicious = exceedsGuard(context, count.unconfirmed + count.confirmed, count);
    // Lost permissions shrink a root listing as deletions do, and a second listing as well: only a direct look
    // tells 403 from 404, whatever it costs. Where that many rows are gone, the guard has the last word.
    const mostLooks =
      stream.partitions === undefined ? absent.length : Math.max(FEW_LOOKS, partitions.length);
    if (stream.get !== undefined && !suspicious && absent.length <= mostLooks) {
      const looks = await lookAt(context, stream, stream.get, absent);
      await settleAbsences(tombstones, stream, looks);
      // A row that is there although the listing lacked it means that the listing shifted: it may lack others, too.
      if (looks.skipped > 0) await relist(partitions, 'complete');
    } else {
      await relist(partitions, 'confirm');
    }
    count = await countAbsences(tombstones, stream);
  }
  if (count.confirmed === 0) return { deleted: 0, children: new Map() };
  if (!options.acceptDeletions && exceedsGuard(context, count.confirmed, count)) {
    const guarded =
      `${count.confirmed} of ${count.live} rows are gone from the listing at once; none was marked as deleted, ` +
      'because lost permissions look the same. ' +
      `If they were really deleted, run "sigma-sync sync ${stream.name} --accept-deletions".`;
    engine.events.emit('deletion.guarded', {
      stream: stream.name,
      rows: count.confirmed,
      of: count.live,
      advice: guarded,
    });
    return { deleted: 0, children: new Map(), guarded };
  }
  const { own, children } = await writeTombstones(tombstones, stream);
  const followers = [...children.values()].reduce((sum, rows) => sum + rows, 0);
  if (own > 0)
    engine.events.emit('tombstones.written', { stream: stream.name, rows: own, children: followers });
  return { deleted: own, children };
}

function exceedsGuard({ engine }: RunContext, rows: number, { live }: AbsenceCount): boolean {
  const { percent, rows: most } = engine.deletionGuard;
  return rows > most && rows > (live * percent) / 100;
}

interface Looks {
  readonly gone: string[];
  readonly present: string[];
  /** Of those present, the ones we may read: the listing skipped them. */
  skipped: number;
}

async function lookAt(
  { engine, cancel }: RunContext,
  stream: Stream,
  path: string,
  absent: readonly AbsentRow[],
): Promise<Looks> {
  const looks: Looks = { gone: [], present: [], skipped: 0 };
  let hidden = 0;
  const queue = [...absent];
  const worker = async (): Promise<void> => {
    for (let row = queue.shift(); row !== undefined; row = queue.shift()) {
      try {
        await engine.client.get(fill(path, row.columns, encodeURIComponent), {
          stream: stream.name,
          signal: cancel,
        });
        looks.present.push(row.key);
        looks.skipped++;
      } catch (error) {
        // Without an answer the row stays as it is, and the next run looks again.
        if (error instanceof NetworkError) continue;
        if (!(error instanceof ApiError)) throw error;
        if (error.context.status === 404) looks.gone.push(row.key);
        if (error.context.status === 403) {
          looks.present.push(row.key);
          hidden++;
        }
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(LOOKS_AT_ONCE, absent.length) }, worker));
  if (looks.present.length > 0) {
    engine.events.emit('absence.refuted', { stream: stream.name, present: looks.skipped, hidden });
  }
  return looks;
}
