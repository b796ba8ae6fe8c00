/**
 * Settles absences after a stream was read. Where single entries can be read, each absent row is looked at: 404 is
 * a deletion, 403 a lost permission, 200 a listing that shifted. Elsewhere a second listing has to lack it as well.
 * The deletion guard weighs what is left, and only then are tombstones written.
 */
import { ApiError } from '../core/errors.ts';
import { fill } from '../extractors/extract.ts';
import type { Stream } from '../extractors/stream.ts';
import {
  type AbsenceCount,
  type AbsentRow,
  absentPartitions,
  countAbsences,
  forgetAbsences,
  settleAbsences,
  type TombstoneContext,
  unconfirmedAbsences,
  writeTombstones,
} from '../loaders/tombstones.ts';
import type { RunContext } from './sync-engine.ts';
import { isFatal } from './fatal.ts';

/** Direct looks under way at once; the client paces them with everything else. */
const LOOKS_AT_ONCE = 8;

/** Rows looked at before what was seen is written down. */
const SLICE = 1000;

/** What became of a stream's absences. */
export interface Settlement {
  readonly deleted: number;
  readonly children: ReadonlyMap<string, number>;
  /** Set where the guard kept the rows: one sentence with the way out. */
  readonly guarded?: string;
  /** Absent rows that nobody could look at; they stay, and the next run looks again. */
  readonly unsettled: number;
}

/** Why partitions are read again: to catch what a shifting listing skipped, or as the proof of what it lacks. */
export type RelistPurpose = 'complete' | 'confirm';
type Relist = (partitions: readonly string[], purpose: RelistPurpose) => Promise<void>;

/**
 * @param relist reads the given partitions of the stream again and commits them.
 * @throws DatabaseError, AuthError, InterruptedError, LockedError
 */
export async function settle(context: RunContext, stream: Stream, relist: Relist): Promise<Settlement> {
  const { engine, options, run } = context;
  const tombstones: TombstoneContext = { ...engine, streams: engine.catalogue, runId: run.runId };
  let count = await countAbsences(tombstones, stream);
  if (count.unconfirmed > 0) {
    await prove(context, tombstones, stream, count, relist);
    count = await countAbsences(tombstones, stream);
  }
  const suspects = stream.get === undefined ? count.confirmed : count.confirmed + count.unconfirmed;
  if (!options.acceptDeletions && exceedsGuard(context, suspects, count)) {
    // Rights may come back in part: what was seen without them proves nothing later. A stream that has nothing to
    // look at keeps its absences, though, because its partitions may never be read again; the next run proves anew.
    if (stream.get !== undefined) await forgetAbsences(tombstones, stream);
    return {
      deleted: 0,
      children: new Map(),
      guarded: guard(context, stream, suspects, count),
      unsettled: 0,
    };
  }
  const unsettled = count.unconfirmed;
  if (count.confirmed === 0) return { deleted: 0, children: new Map(), unsettled };
  const { own, children } = await writeTombstones(tombstones, stream);
  const followers = [...children.values()].reduce((sum, rows) => sum + rows, 0);
  if (own > 0)
    engine.events.emit('tombstones.written', { stream: stream.name, rows: own, children: followers });
  return { deleted: own, children, unsettled };
}

/** Confirms absences or takes them back, as far as the API lets us. */
async function prove(
  context: RunContext,
  tombstones: TombstoneContext,
  stream: Stream,
  count: AbsenceCount,
  relist: Relist,
): Promise<void> {
  if (stream.get === undefined) {
    await relist(await absentPartitions(tombstones, stream), 'confirm');
    // What is left is absent from listings that hide entries.
    if (stream.subject !== undefined)
      await lookThrough(context, tombstones, stream, stream.subject, bySubject);
    return;
  }
  // Whoever accepts deletions lifts the guard and not the proof: each row is still looked at.
  if (!context.options.acceptDeletions && exceedsGuard(context, count.unconfirmed + count.confirmed, count)) {
    // The guard will object anyway, unless the first listing was an accident.
    await relist(await absentPartitions(tombstones, stream), 'complete');
    count = await countAbsences(tombstones, stream);
    if (exceedsGuard(context, count.unconfirmed + count.confirmed, count)) return;
  }
  // Lost permissions shrink a listing as deletions do, and a second one as well: only a look tells 403 from 404.
  const skipped = await lookThrough(context, tombstones, stream, stream.get, byEntry);
  if (skipped.length === 0) return;
  // A row that is there although the listing lacked it means that the listing shifted: it may lack others, too.
  await relist([...new Set(skipped.map(({ partition }) => partition))], 'complete');
  await settleAbsences(tombstones, stream, { gone: [], present: skipped.map(({ key }) => key) });
}

/** What the status of a direct look says of an absent row; undefined: nothing, so the next run looks again. */
type Verdict = 'gone' | 'hidden' | 'there' | undefined;

/** The entry itself was looked at. */
function byEntry(status: number | undefined): Verdict {
  if (status === 404 || status === 410) return 'gone';
  return status === 403 ? 'hidden' : status === 200 ? 'there' : undefined;
}

/** The object it is about was looked at: where we may read it, the listing would not have hidden the entry. */
function bySubject(status: number | undefined): Verdict {
  if (status === 403) return 'hidden';
  return status === 200 || status === 404 || status === 410 ? 'gone' : undefined;
}

/** Looks at every absence that still needs a proof; gives the rows that are there. */
async function lookThrough(
  context: RunContext,
  tombstones: TombstoneContext,
  stream: Stream,
  path: string,
  judge: (status: number | undefined) => Verdict,
): Promise<AbsentRow[]> {
  const there: AbsentRow[] = [];
  for (let after = ''; ; ) {
    const absent = await unconfirmedAbsences(tombstones, stream, after, SLICE);
    const looks = await lookAt(context, stream, path, absent, judge);
    await settleAbsences(tombstones, stream, looks);
    there.push(...looks.there);
    const last = absent.at(-1);
    if (last === undefined || absent.length < SLICE) return there;
    after = last.key;
  }
}

function exceedsGuard({ engine }: RunContext, rows: number, { live }: AbsenceCount): boolean {
  const { percent, rows: most } = engine.deletionGuard;
  return rows > most && rows > (live * percent) / 100;
}

function guard({ engine }: RunContext, stream: Stream, rows: number, { live }: AbsenceCount): string {
  const advice =
    `${rows} of ${live} rows are gone from the listing at once; none was marked as deleted, because lost ` +
    'permissions look the same. Usually the owner of the credentials lost rights: restore them and run again. If ' +
    'the objects were really deleted, run ' +
    `"sigma-sync sync ${stream.name} --accept-deletions".`;
  engine.events.emit('deletion.guarded', { stream: stream.name, rows, of: live, advice });
  return advice;
}

interface Looks {
  readonly gone: string[];
  readonly present: string[];
  /** Of those present, the ones we may read: the listing skipped them. */
  readonly there: AbsentRow[];
}

async function lookAt(
  { engine, cancel }: RunContext,
  stream: Stream,
  path: string,
  absent: readonly AbsentRow[],
  judge: (status: number | undefined) => Verdict,
): Promise<Looks> {
  const looks: Looks = { gone: [], present: [], there: [] };
  const queue = [...absent];
  const worker = async (): Promise<void> => {
    for (let row = queue.pop(); row !== undefined; row = queue.pop()) {
      const options = { stream: stream.name, signal: cancel };
      const answer = engine.client.get(fill(path, row.columns, encodeURIComponent), options);
      const verdict = judge(await statusOf(answer));
      if (verdict === 'gone') looks.gone.push(row.key);
      else if (verdict !== undefined) looks.present.push(row.key);
      if (verdict === 'there') looks.there.push(row);
    }
  };
  await Promise.all(Array.from({ length: Math.min(LOOKS_AT_ONCE, absent.length) }, worker));
  if (looks.present.length > 0) {
    const present = looks.there.length;
    const hidden = looks.present.length - present;
    engine.events.emit('absence.refuted', { stream: stream.name, present, hidden });
  }
  return looks;
}

/** Status of an answer; undefined where there is none: then the row stays as it is, and the next run looks again. */
async function statusOf(answer: Promise<unknown>): Promise<number | undefined> {
  try {
    await answer;
    return 200;
  } catch (error) {
    if (isFatal(error)) throw error;
    return error instanceof ApiError ? error.context.status : undefined;
  }
}
