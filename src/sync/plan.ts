/**
 * Planning: finds the due units of a stream. A root listing is due once a cycle. A partition whose parent has a
 * change signal is due if the signal moved since the partition last completed. On the slow cycle each partition is
 * due once within the refresh interval. Others are swept once a cycle. Failed units are due again. `due-sql.ts` has
 * the query.
 */
import { type Database, quoteTable } from '../core/database/database.ts';
import type { PartitionKind, Stream } from '../extractors/stream.ts';
import { ROOT_PARTITION, type Unit } from '../extractors/unit.ts';
import { isNew } from '../state/partitions.ts';
import type { Schemas } from '../state/schemas.ts';
import type { Missing } from './availability.ts';
import { type Choice, choose } from './choose-kinds.ts';
import { type DuePartition, type DueReason, dueSql, feedersOf, readInCycle } from './due-sql.ts';

/** Dependencies of planning. */
export interface PlanContext {
  readonly database: Database;
  readonly schemas: Schemas;
  /** Partitions that did not complete in this cycle are due, unless a change signal says otherwise. */
  readonly cycleId: string;
  readonly cycleStartedAt: Date;
  /** Plan a backfill: everything is due that nobody has read since the cycle began. */
  readonly backfill?: boolean;
  /** Ignore change signals: everything is due. */
  readonly full: boolean;
  /** Length of a stream's slow cycle, in milliseconds. */
  readonly refreshMs: (stream: string) => number;
  readonly now: Date;
  /** Streams that are unavailable: nothing is planned from them. */
  readonly missing?: Missing;
  /** For a dry run: take the parents' listings for read, though this cycle has not begun. */
  readonly assumeListed?: boolean;
}

/** The due units of a stream. */
export interface StreamPlan {
  readonly count: number;
  /** The same by reason; a root listing has none. */
  readonly due: Readonly<Partial<Record<DueReason, number>>>;
  /** Partitions there are, due or not. */
  readonly total: number;
  /** True where nothing of the stream was ever loaded. */
  readonly isFirst: boolean;
  /** Streams it is planned from this time. */
  readonly parents: readonly string[];
  /** Why these and no others, for the log and `--dry-run`. */
  readonly reason: string;
  /**
   * The units, read from the database in slices, so that no list of all of them is ever in memory. `most`: no more are
   * wanted.
   */
  units(most?: number): AsyncIterable<Unit>;
}

/** Each slice costs one look at all partitions; and every stream that runs holds one in memory. */
const SLICE = 4000;

/** Plans one stream. Its parents must have been loaded before. @throws DatabaseError */
export async function planStream(stream: Stream, context: PlanContext): Promise<StreamPlan> {
  if (stream.partitions === undefined) return planRoot(stream, context);
  const isFirst = await isNew(context.database, context.schemas, stream.name);
  const complete = context.full || isFirst;
  return { ...(await planPartitions(stream, stream.partitions, { ...context, complete })), isFirst };
}

async function planRoot(
  stream: Stream,
  { database, schemas, cycleId, cycleStartedAt, backfill = false }: PlanContext,
): Promise<StreamPlan> {
  const [known] = await database.session((session) =>
    session.query<{ isNew: boolean; isDone: boolean | null }>(
      `select count(s.completed_at) = 0 as "isNew",
              bool_or(s.partition = '' and s.status = 'complete' and ${readInCycle(schemas, backfill)}) as "isDone"
         from ${quoteTable(schemas.state, 'partitions')} s where s.stream = $1`,
      [stream.name, cycleId, cycleStartedAt.toISOString()],
    ),
  );
  const due = known?.isDone !== true;
  const unit: Unit = {
    stream: stream.name,
    partition: ROOT_PARTITION,
    kind: 'root',
    value: '',
    params: {},
    signal: undefined,
  };
  return {
    count: due ? 1 : 0,
    due: {},
    total: 1,
    parents: [],
    reason: due ? 'the whole listing' : 'already listed in this cycle',
    isFirst: known?.isNew !== false,
    async *units() {
      if (due) yield unit;
    },
  };
}

async function planPartitions(
  stream: Stream,
  alternatives: readonly (readonly PartitionKind[])[],
  context: PlanContext & { readonly complete: boolean },
): Promise<Omit<StreamPlan, 'isFirst'>> {
  const readable = alternatives
    .map((kinds) => kinds.filter(({ parent }) => context.missing?.has(parent) !== true))
    .filter((kinds) => kinds.some(({ parent }) => parent !== stream.name));
  const choice = await context.database.session((session) => choose(session, stream, readable, context));
  return planKinds(stream, choice, context);
}

/** Plans the partitions of these kinds. @throws DatabaseError */
export async function planKinds(
  stream: Stream,
  choice: Choice,
  context: PlanContext,
): Promise<Omit<StreamPlan, 'isFirst'>> {
  const { database, schemas, full, now, cycleId, cycleStartedAt, backfill = false } = context;
  const refreshMs = context.refreshMs(stream.name);
  const sql = dueSql(stream, choice.kinds, schemas, { full, refreshMs, backfill });
  const parameters = [stream.name, cycleId, cycleStartedAt.toISOString(), now.toISOString()];
  const counted =
    choice.kinds.length === 0
      ? []
      : await database.session((session) =>
          session.query<{ reason: DueReason; count: number }>(
            `select reason, count(*)::integer as count from (${sql}) due group by reason`,
            parameters,
          ),
        );
  const due = Object.fromEntries(counted.map(({ reason, count }) => [reason, count]));
  const count = counted.reduce((sum, row) => sum + row.count, 0);
  const byName = new Map(choice.kinds.map((kind) => [kind.kind, kind]));
  return {
    count,
    due,
    total: choice.total,
    parents: parentsOf(stream, choice.kinds),
    reason: choice.instead + describeDue(due, choice.total, refreshMs),
    async *units(most = Number.POSITIVE_INFINITY) {
      if (count === 0) return;
      const size = Math.min(SLICE, most);
      let after = '';
      for (;;) {
        const rows = await database.session((session) =>
          session.query<Omit<DuePartition, 'reason'> & Record<string, unknown>>(
            `select partition, kind, value, signal, "only" from (${sql}) due
              where partition > $5 collate "C" order by partition collate "C" limit ${size}`,
            [...parameters, after],
          ),
        );
        for (const { partition, kind, value, signal, only } of rows) {
          const param = byName.get(kind)?.param ?? '';
          yield {
            stream: stream.name,
            partition,
            kind,
            value,
            params: { [param]: value },
            signal: signal ?? undefined,
            ...(only === null ? {} : { only }),
          };
        }
        const last = rows.at(-1);
        if (last === undefined || rows.length < size) return;
        after = last.partition;
      }
    },
  };
}

/** Parents of the kinds that were chosen, and streams whose rows are read for each of theirs. */
function parentsOf(stream: Stream, kinds: readonly PartitionKind[]): string[] {
  const all = new Set([...kinds.map(({ parent }) => parent), ...feedersOf(stream)]);
  all.delete(stream.name);
  return [...all];
}

const DAY_MS = 86_400_000;

/** Reasons in words, in the order of the report. */
const REASONS: Readonly<Record<DueReason, string>> = {
  full: 'all of them (full run)',
  new: 'new',
  changed: 'changed',
  failed: 'failed before',
  swept: 'read in every run',
  active: 'active lately',
  turn: 'due in the slow cycle',
  doubtful: 'with a hidden or doubtful answer',
};

/** `12 changed, 34 whose turn it is (each comes round in 7 days); 2,000 partitions in all`. */
function describeDue(due: StreamPlan['due'], total: number, refreshMs: number): string {
  const parts = Object.entries(REASONS).flatMap(([reason, text]) => {
    const count = due[reason as DueReason] ?? 0;
    if (count === 0) return [];
    const days = Math.round((refreshMs / DAY_MS) * 10) / 10;
    return [`${count} ${text}${reason === 'turn' ? ` (each is read again within ${days} days)` : ''}`];
  });
  return parts.length === 0 ? `nothing of ${total} is due` : `${parts.join(', ')}, of ${total}`;
}
