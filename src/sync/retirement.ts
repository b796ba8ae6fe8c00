/**
 * Ends of life: a root listing that was read before answers 404 or 410 though the API answers (`/v2/whoami`). That may
 * pass, so time decides: where Sigma announced the end a day, else a week in which the runs fail as ever. Its rows stay
 * then and nothing is tombstoned, no run fails for it, and it is asked again once a week, or by a full run.
 */
import type { Stream } from '../extractors/stream.ts';
import { forgetGone, noteGone, type Retirement, readRetirement } from '../state/retirements.ts';
import type { RunContext } from './sync-engine.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A day between two nightly runs, which do not begin to the minute. */
const ANNOUNCED_AFTER_MS = 20 * HOUR;
const OTHERS_AFTER_MS = 7 * DAY;
const ASK_AGAIN_MS = 7 * DAY;

/** What the end of a listing means for its stream. */
export interface Ended {
  /** `failed`: as for any other refusal. */
  readonly status: 'retired' | 'unavailable' | 'failed';
  readonly reason: string;
}

/** What is known of a stream's listing from earlier runs; undefined where it answered, or there is no such listing. */
export function knownEnd(
  { engine: { database, schemas } }: RunContext,
  stream: Stream,
): Promise<Retirement | undefined> {
  return stream.partitions === undefined
    ? readRetirement(database, schemas, stream.name)
    : Promise.resolve(undefined);
}

/** True where a retired listing need not be asked in this run. */
export function restsInPeace({ engine, run }: RunContext, known: Retirement | undefined): boolean {
  if (known?.retiredAt === undefined || run.full) return false;
  return engine.now().getTime() - known.askedAt.getTime() < ASK_AGAIN_MS;
}

/** The sentence about a stream that is retired. */
export function retiredSince({ goneSince, retiredAt }: Retirement, { ending }: Stream): string {
  const why = ending === undefined ? '' : ` ${ending}`;
  const since = `${goneSince.toISOString().slice(0, 10)} and counts as retired since ${retiredAt?.toISOString().slice(0, 10)}`;
  return `Its listing has been gone since ${since}.${why} Its rows stay unchanged; a sync asks again once a week.`;
}

/** Judges a listing that is gone in this run, and remembers it. @param said how the API refused it */
export async function judgeEnd(
  { engine }: RunContext,
  stream: Stream,
  known: Retirement | undefined,
  said: string,
): Promise<Ended> {
  const { database, schemas, events } = engine;
  const now = engine.now();
  const afterMs = stream.ending === undefined ? OTHERS_AFTER_MS : ANNOUNCED_AFTER_MS;
  const isOver = known !== undefined && now.getTime() - known.goneSince.getTime() >= afterMs;
  const wasRetired = known?.retiredAt !== undefined;
  await noteGone(database, schemas, stream.name, { now, retired: isOver });
  if (known !== undefined && (isOver || wasRetired)) {
    const reason = retiredSince({ ...known, retiredAt: known.retiredAt ?? now }, stream);
    if (!wasRetired) events.emit('stream.retired', { stream: stream.name, reason });
    return { status: 'retired', reason };
  }
  const limit = stream.ending === undefined ? 'a week' : 'a day';
  const reason = `${said} It was readable before. If this lasts for ${limit}, the stream counts as retired.`;
  if (stream.ending === undefined) return { status: 'failed', reason };
  events.emit('stream.doubted', { stream: stream.name, reason });
  return { status: 'unavailable', reason };
}

/** A listing answers that was gone. */
export async function noteReturn(
  { engine: { database, schemas, events } }: RunContext,
  stream: Stream,
  { retiredAt }: Retirement,
): Promise<void> {
  await forgetGone(database, schemas, stream.name);
  if (retiredAt !== undefined) events.emit('stream.returned', { stream: stream.name });
}
