/**
 * The SQL that says which partitions of a stream are due and why: one query over the parents' tables and the cursors.
 */
import { quoteLiteral, quoteName, quoteTable } from '../core/database/database.ts';
import type { PartitionKind, Stream } from '../extractors/stream.ts';
import { countedRows } from '../loaders/counted-rows.ts';
import { lacksLongId } from '../loaders/object-ids.ts';
import { partitionExpression } from '../loaders/partition-name.ts';
import type { Schemas } from '../state/schemas.ts';

/** Why a partition is due; `turn` is its turn on the slow cycle. */
export type DueReason = 'new' | 'failed' | 'changed' | 'full' | 'swept' | 'doubtful' | 'active' | 'turn';

/** A partition that is due. */
export interface DuePartition {
  readonly partition: string;
  readonly kind: string;
  readonly value: string;
  readonly signal: string | null;
  readonly reason: DueReason;
  /** Partitions in doubt, if only these are due. */
  readonly only: string[] | null;
}

/** Input of the query besides the database. */
export interface DueOptions {
  /** Everything is due that this cycle has not read. */
  readonly full: boolean;
  /** Length of the slow cycle, in milliseconds; 0 = all of it in every run. */
  readonly refreshMs: number;
  /** If true, a partition that any run has read since the cycle began is not due. */
  readonly backfill: boolean;
}

/**
 * True if the cursor `s` was moved in this cycle ($2, began $3). Clocks go back, so cycles are ids. A sync also
 * counts a backfill's reads since the cycle began; a backfill counts all reads since its own cycle began.
 */
export function readInCycle(schemas: Schemas, backfill: boolean): string {
  const byBackfill = `and exists (
            select 1 from ${quoteTable(schemas.state, 'runs')} r where r.run_id = s.run_id and r.command = 'backfill')`;
  return `(s.cycle_id is not distinct from $2 or s.completed_at >= $3::timestamptz ${backfill ? '' : byBackfill})`;
}

/**
 * Doubts are asked again once in so many seconds, each at a moment of its own. The next run asks again only where there
 * is something to lose (`doubts` is 1): rows are stored, or the API was in trouble.
 */
const DOUBT_SECONDS = 7 * 86_400;

/**
 * Gives `DuePartition` rows. $1 = stream, $2 = the cycle, $3 = when the cycle began, $4 = now.
 *
 * The slow cycle gives every partition a moment of its own within the interval, by a hash of its name. It is due when
 * it was not read since that moment last passed: so each run takes an even share however often it runs, and a run
 * after a pause takes what fell into the pause.
 */
export function dueSql(
  stream: Stream,
  kinds: readonly PartitionKind[],
  schemas: Schemas,
  { full, refreshMs, backfill }: DueOptions,
): string {
  const cursors = quoteTable(schemas.state, 'partitions');
  const slow = stream.slow === true && refreshMs > 0;
  // A swept partition has no signal. With an interval of 0, all of the slow cycle is swept.
  const swept = slow ? 'false' : stream.slow === true ? 'true' : 'c.signal is null';
  const ready = feedersOf(stream)
    .map(
      (feeder) => `and exists (select 1 from ${cursors} f where f.stream = ${quoteLiteral(feeder)}
                    and f.partition = c.partition and f.status = 'complete' and f.signal is not distinct from c.signal)`,
    )
    .join(' ');
  return `select *, case when reason = 'doubtful' then doubtful end as "only" from (
    select s.doubtful, c.partition, c.kind, c.value, c.signal, case
             when s.partition is null or s.completed_at is null and s.status = 'complete' then 'new'
             when s.status <> 'complete' then 'failed'
             when s.signal is distinct from c.signal then 'changed'
             when ${readInCycle(schemas, backfill)} then null
             when ${full} then 'full'
             when ${swept} then 'swept'
             ${slow ? activeSql(stream, kinds, schemas) : ''}
             ${slow ? `when ${hadItsTurn('s.completed_at', refreshMs / 1000)} then 'turn'` : ''}
             when s.doubts = 1 or s.doubts > 1 and ${hadItsTurn('s.doubted_at', DOUBT_SECONDS)} then 'doubtful'
           end as reason
      from (${candidatesSql(stream, kinds, schemas)}) c
      left join ${cursors} s on s.stream = $1 and s.partition = c.partition
     where true ${ready}) judged
   where reason is not null`;
}

/**
 * True where the partition's moment in the cycle of so many seconds has come ($4 = now) since the time in `column`. The
 * moment is a hash of the partition's name. A time to come is one of a clock that was wrong, and says nothing.
 */
function hadItsTurn(column: string, cycleSeconds: number): string {
  const seconds = cycleSeconds.toFixed(3);
  const phase = `(hashtextextended(c.partition, 0) & 1048575)::float8 / 1048576 * ${seconds}`;
  const now = 'extract(epoch from $4::timestamptz)::float8';
  return `(${column} > $4::timestamptz + interval '1 day'
    or extract(epoch from ${column})::float8 < floor((${now} - ${phase}) / ${seconds}) * ${seconds} + ${phase})`;
}

/** Partitions that show life are read in every run. */
function activeSql(stream: Stream, kinds: readonly PartitionKind[], schemas: Schemas): string {
  return kinds
    .flatMap(({ kind, column, activeWhile }) =>
      activeWhile === undefined
        ? []
        : [
            `when c.kind = ${quoteLiteral(kind)} and exists (
               select 1 from ${quoteTable(schemas.target, stream.name)} t
                where t.${quoteName(column)} = c.value and t._deleted_at is null
                  and t.${quoteName(activeWhile.column)} > $4::timestamptz - interval '${activeWhile.withinDays} days')
             then 'active'`,
          ],
    )
    .join(' ');
}

/** Every partition there is: partition, kind, value, signal. */
export function candidatesSql(stream: Stream, kinds: readonly PartitionKind[], schemas: Schemas): string {
  return kinds
    .map((kind) => {
      const value = `p.${quoteName(kind.parentColumn)}`;
      const unless = kind.unless === undefined ? '' : `and not coalesce(p.${quoteName(kind.unless)}, false)`;
      return `select ${partitionExpression(stream, kind, value)} as partition, ${quoteLiteral(kind.kind)} as kind,
                     ${value} as value, ${signalExpression(kind)} as signal
                from ${quoteTable(schemas.target, kind.parent)} p
               where p._deleted_at is null and ${value} is not null ${unless} ${countedRows(kind, 'p')}
                     ${objectCondition(stream, kind)}`;
    })
    .join(' union ');
}

/** Rows of a kind that wants those whose object is known, or is not. */
function objectCondition({ reference }: Stream, { objects }: PartitionKind): string {
  if (objects === undefined || reference === undefined) return '';
  return `and (${lacksLongId(reference, 'p')}) is ${objects === 'known' ? 'not ' : ''}true`;
}

/** The signal as one text; null where the parent has none of the columns filled. */
function signalExpression(kind: PartitionKind): string {
  if (kind.signal === undefined) return 'null::text';
  const columns = kind.signal.map((column) => `p.${quoteName(column)}::text`).join(', ');
  return `nullif(concat_ws('|', ${columns}), '')`;
}

/** Streams whose rows a source is read for: a partition waits until they have it for the same signal. */
export function feedersOf(stream: Stream): string[] {
  return stream.sources.flatMap(({ forEach }) => (forEach === undefined ? [] : [forEach.stream]));
}
