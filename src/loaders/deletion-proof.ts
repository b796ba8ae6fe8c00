/**
 * Rules that prove a row deleted. A listing that lacks a row looks the same in three cases: the row was deleted, the
 * listing shifted past it, or the credentials lost it. So only these rules count. A proof is a confirmed absence of
 * the run that has it, and tombstones are made from nothing else.
 */
import type { Stream } from '../extractors/stream.ts';
import type { ExtractSummary } from '../extractors/unit.ts';
import { means } from '../sigma/status.ts';

/** Evidence about a stored row. */
export type Evidence =
  /** A listing lacks it; `again`: so did one before. */
  | { readonly by: 'listing'; readonly listing: ExtractSummary; readonly again: boolean }
  /** Status of a direct look at its entry (`get`), or at the object that it is about (`subject`). */
  | { readonly by: 'entry' | 'subject'; readonly status: number | undefined }
  /** The object that it belongs to, as all listings have it that know such objects. */
  | { readonly by: 'parents'; readonly tombstoned: boolean; readonly alive: boolean };

/** `deleted` is a proof. `there` and `hidden` take the doubt back; `open` leaves it, and the next run looks again. */
export type Verdict = 'deleted' | 'there' | 'hidden' | 'open';

/** Judges the evidence about a row of `stream`. */
export function judge(stream: Pick<Stream, 'get' | 'subject'>, evidence: Evidence): Verdict {
  switch (evidence.by) {
    case 'listing':
      return listingProves(stream, evidence.listing, evidence.again) ? 'deleted' : 'open';
    case 'entry':
      // Lost permissions shrink a listing as deletions do, and a second one as well: only this tells 403 from 404.
      if (means(evidence.status, 'gone')) return 'deleted';
      if (means(evidence.status, 'hidden')) return 'hidden';
      return evidence.status === 200 ? 'there' : 'open';
    case 'subject':
      // If we may read the object, or it is gone itself, the listing did not lack the entry for want of a permission.
      if (means(evidence.status, 'hidden')) return 'hidden';
      return evidence.status === 200 || means(evidence.status, 'gone') ? 'deleted' : 'open';
    case 'parents':
      // An object can be in several listings (a workbook is a file, too): it is gone where none of them has it.
      return evidence.tombstoned && !evidence.alive ? 'deleted' : 'open';
  }
}

function listingProves(
  { get, subject }: Pick<Stream, 'get' | 'subject'>,
  { rejected, hidden = 0, atOnce }: ExtractSummary,
  again: boolean,
): boolean {
  // A rejected entry may be the row; and where a row can be looked at, no listing is believed.
  if (rejected > 0 || get !== undefined) return false;
  // One listing proves it where nothing could slip through; else a second one, unless it hides what can be looked at.
  return again ? subject === undefined || hidden === 0 : atOnce && hidden === 0;
}

/** True where rows that the listing lacks are worth a look at all: they are noted as absent. */
export function raisesDoubt({ get }: Pick<Stream, 'get'>, { rejected }: ExtractSummary): boolean {
  // If an entry was rejected, only a direct look can tell whose absence that explains.
  return rejected === 0 || get !== undefined;
}

/** The rule of `parents` as SQL, for a set of objects at once. */
export function goneWithParents(tombstoned: string, alive: readonly string[]): string {
  return [tombstoned, ...alive.map((one) => `not ${one}`)].join(' and ');
}

/** SQL that is true of an absence with a proof of run `run`: what an earlier one saw may have come back since. */
export function provenIn(run: string, alias?: string): string {
  const prefix = alias === undefined ? '' : `${alias}.`;
  return `${prefix}confirmed and ${prefix}run_id = ${run}`;
}

/** Limits on rows that vanish at once. Beyond them we suspect lost permissions rather than deletions. */
export interface DeletionGuard {
  /** Percent of the table … */
  readonly percent: number;
  /** … and number of rows; both must be exceeded. */
  readonly rows: number;
}

/** Number of absent rows of a stream, and of all its rows. */
export interface AbsenceCount {
  /** Proven by this run. */
  readonly confirmed: number;
  readonly unconfirmed: number;
  /** Rows of the table that are not deleted. */
  readonly live: number;
}

/** Limits for a table too small for the row limit: more rows than this, and more than this percentage. */
const SMALL = { rows: 3, percent: 60, most: 25 };

/**
 * True if the guard keeps rows from becoming tombstones although they are proven deleted. If nearly all of a small
 * table vanishes, the guard objects as well, except for children of documents: an edit may replace those.
 *
 * @param stream the stream of these rows; without it only the settings count.
 */
export function guardObjects(
  { percent, rows: most }: DeletionGuard,
  suspects: number,
  live: number,
  stream?: Pick<Stream, 'get' | 'partitions'>,
): boolean {
  const part = (limit: number): boolean => suspects > (live * limit) / 100;
  if (suspects > most && part(percent)) return true;
  const isObject = stream !== undefined && (stream.partitions === undefined || stream.get !== undefined);
  // 100 percent is how somebody turns the guard off.
  return isObject && percent < 100 && suspects > SMALL.rows && suspects <= SMALL.most && part(SMALL.percent);
}

/** Rows that the guard weighs: where each can be looked at, those count as well that nobody could look at yet. */
export function suspectsOf({ get }: Pick<Stream, 'get'>, { confirmed, unconfirmed }: AbsenceCount): number {
  return get === undefined ? confirmed : confirmed + unconfirmed;
}
