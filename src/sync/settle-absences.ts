/**
 * Settles absences after a stream was read. It gathers missing evidence: by looking at each absent row if that is
 * possible, otherwise by a second listing. `deletion-proof.ts` judges the evidence, the deletion guard weighs the
 * proofs, and only then are tombstones written.
 */
import { fill } from '../extractors/extract.ts';
import type { Stream } from '../extractors/stream.ts';
import {
  type AbsentRow,
  absentPartitions,
  countAbsences,
  forgetAbsences,
  recordVerdicts,
  unconfirmedAbsences,
} from '../loaders/absences.ts';
import {
  type AbsenceCount,
  guardObjects,
  judge,
  suspectsOf,
  type Verdict,
} from '../loaders/deletion-proof.ts';
import { type TombstoneContext, writeTombstones } from '../loaders/tombstones.ts';
import { segment } from '../sigma/segment.ts';
import { statusOf } from '../sigma/status.ts';
import { isFatal } from './fatal.ts';
import type { RunContext } from './sync-engine.ts';

/** Direct looks under way at once; the client paces them with everything else. */
const LOOKS_AT_ONCE = 8;

/** Rows looked at before what was seen is written down. */
const SLICE = 1000;

/** The settlement of a stream's absences. */
export interface Settlement {
  readonly deleted: number;
  readonly children: ReadonlyMap<string, number>;
  /** Set where the guard kept the rows: one sentence with the way out. */
  readonly guarded?: string;
  /** Absent rows that nobody could look at; they stay, and the next run looks again. */
  readonly unsettled: number;
}

type Relist = (partitions: readonly string[]) => Promise<void>;

/**
 * @param relist reads the given partitions of the stream again and commits them.
 * @throws DatabaseError, AuthError, InterruptedError, LockedError
 */
export async function settleAbsences(
  context: RunContext,
  stream: Stream,
  relist: Relist,
): Promise<Settlement> {
  const { engine, options, run } = context;
  const tombstones: TombstoneContext = { ...engine, streams: engine.catalogue, runId: run.runId };
  let count = await countAbsences(tombstones, stream);
  if (count.unconfirmed > 0) {
    await prove(context, tombstones, stream, count, relist);
    count = await countAbsences(tombstones, stream);
  }
  const suspects = suspectsOf(stream, count);
  if (!options.acceptDeletions && guardObjects(engine.deletionGuard, suspects, count.live, stream)) {
    // Rights may come back in part: a listing read without them proves nothing later. A stream that has nothing to
    // look at keeps its absences, though, because its partitions may never be read again; the next run seeks new
    // proof.
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
    await relist(await absentPartitions(tombstones, stream));
    // The remaining rows are absent from listings that hide entries.
    if (stream.subject !== undefined)
      await lookThrough(context, tombstones, stream, stream.subject, 'subject');
    return;
  }
  // `acceptDeletions` lifts the guard and not the proof: each row is still looked at. In a small table each row is
  // looked at first: a lost permission may answer 403, which is no deletion.
  const wouldObject = (now: AbsenceCount): boolean =>
    guardObjects(context.engine.deletionGuard, suspectsOf(stream, now), now.live);
  if (!context.options.acceptDeletions && wouldObject(count)) {
    // The guard will object anyway, unless the first listing was an accident.
    await relist(await absentPartitions(tombstones, stream));
    if (wouldObject(await countAbsences(tombstones, stream))) return;
  }
  const skipped = await lookThrough(context, tombstones, stream, stream.get, 'entry');
  if (skipped.length === 0) return;
  // A row that is there although the listing lacked it means that the listing shifted: it may lack others, too.
  await relist([...new Set(skipped.map(({ partition }) => partition))]);
  await recordVerdicts(tombstones, stream, skipped);
}

/** An absent row, and what a look showed of it. */
type Look = AbsentRow & { readonly verdict: Verdict };

/** Looks at every absence that still needs a proof, and writes down what that showed; gives the rows that are there. */
async function lookThrough(
  context: RunContext,
  tombstones: TombstoneContext,
  stream: Stream,
  path: string,
  by: 'entry' | 'subject',
): Promise<Look[]> {
  const there: Look[] = [];
  for (let after = ''; ; ) {
    const absent = await unconfirmedAbsences(tombstones, stream, after, SLICE);
    const looks = await lookAt(context, stream, path, absent, by);
    await recordVerdicts(tombstones, stream, looks);
    there.push(...looks.filter(({ verdict }) => verdict === 'there'));
    const last = absent.at(-1);
    if (last === undefined || absent.length < SLICE) return there;
    after = last.key;
  }
}

function guard({ engine }: RunContext, stream: Stream, rows: number, { live }: AbsenceCount): string {
  const advice =
    `${rows} of ${live} rows vanished from the listing at once. None was marked as deleted, because lost ` +
    'permissions look the same. Usually the owner of the credentials lost permissions: restore them and run again. If ' +
    'the objects were really deleted, run ' +
    `"sigma-sync sync ${stream.name} --accept-deletions".`;
  engine.events.emit('deletion.guarded', { stream: stream.name, rows, of: live, advice });
  return advice;
}

async function lookAt(
  { engine, cancel }: RunContext,
  stream: Stream,
  path: string,
  absent: readonly AbsentRow[],
  by: 'entry' | 'subject',
): Promise<Look[]> {
  const looks: Look[] = [];
  const queue = [...absent];
  const worker = async (): Promise<void> => {
    for (let row = queue.pop(); row !== undefined; row = queue.pop()) {
      const options = { stream: stream.name, signal: cancel };
      const answer = engine.client.get(fill(path, row.columns, segment), options);
      looks.push({ ...row, verdict: judge(stream, { by, status: await answeredStatus(answer) }) });
    }
  };
  await Promise.all(Array.from({ length: Math.min(LOOKS_AT_ONCE, absent.length) }, worker));
  const counted = (wanted: Verdict): number => looks.filter(({ verdict }) => verdict === wanted).length;
  const [present, hidden] = [counted('there'), counted('hidden')];
  if (present + hidden > 0) engine.events.emit('absence.refuted', { stream: stream.name, present, hidden });
  return looks;
}

/** Status of an answer; undefined where there is none. */
async function answeredStatus(answer: Promise<unknown>): Promise<number | undefined> {
  try {
    await answer;
    return 200;
  } catch (error) {
    if (isFatal(error)) throw error;
    return statusOf(error);
  }
}
