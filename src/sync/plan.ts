/**
 * Planning: which units of a stream are due. A root listing is due once a cycle; a partition whose parent has a
 * change signal is due when that signal moved since the partition last completed; others are swept once a cycle.
 * What failed is due again. It is one query per stream, over the parents' tables and the cursors.
 */
import { type Database, quoteName, quoteTable, type Session } from '../database/database.ts';
import type { PartitionKind, Stream } from '../extractors/stream.ts';
import { ROOT_PARTITION, type Unit } from '../extractors/unit.ts';
import { partitionExpression } from '../loaders/tombstones.ts';
import type { Schemas } from '../state/migrate.ts';
import { isNew } from '../state/partitions.ts';

/** What planning needs. */
export interface PlanContext {
  readonly database: Database;
  readonly schemas: Schemas;
  /** What did not complete in this cycle is due, where no change signal says otherwise. */
  readonly cycleId: string;
  /** Ignore change signals: everything is due. */
  readonly full: boolean;
  /** For a dry run: take the parents' listings for read, though this cycle has not begun. */
  readonly assumeListed?: boolean;
}

/** What is due of a stream. */
export interface StreamPlan {
  readonly count: number;
  /** Partitions there are, due or not. */
  readonly total: number;
  /** True where nothing of the stream was ever loaded. */
  readonly isFirst: boolean;
  /** Streams it is planned from this time. */
  readonly parents: readonly string[];
  /** Why these and no others, for the log and `--dry-run`. */
  readonly reason: string;
  /** The units, read from the database in slices, so that no list of all of them is ever in memory. */
  units(): AsyncIterable<Unit>;
}

/** Each slice costs one look at all partitions. */
const SLICE = 10_000;

/** Plans one stream. Its parents must have been loaded before. @throws DatabaseError */
export async function planStream(stream: Stream, context: PlanContext): Promise<StreamPlan> {
  const isFirst = await isNew(context.database, context.schemas, stream.name);
  const plan =
    stream.partitions === undefined
      ? await planRoot(stream, context)
      : await planPartitions(stream, stream.partitions, { ...context, complete: context.full || isFirst });
  return { ...plan, isFirst };
}

async function planRoot(
  stream: Stream,
  { database, schemas, cycleId }: PlanContext,
): Promise<Omit<StreamPlan, 'isFirst'>> {
  const done = await database.session((session) =>
    session.query(
      `select 1 from ${quoteTable(schemas.state, 'partitions')}
        where stream = $1 and partition = $2 and status = 'complete' and cycle_id = $3`,
      [stream.name, ROOT_PARTITION, cycleId],
    ),
  );
  const due = done.length === 0;
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
    total: 1,
    parents: [],
    reason: due ? 'the whole listing' : 'listed already by the run that is resumed',
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
  const { database, schemas } = context;
  const choice = await database.session((session) => choose(session, stream, alternatives, context));
  const due = dueSql(stream, choice.kinds, schemas, context.full);
  const parameters = [stream.name, context.cycleId];
  const [counted] = await database.session((session) =>
    session.query<{ count: number }>(`select count(*)::integer as count from (${due}) due`, parameters),
  );
  const byName = new Map(choice.kinds.map((kind) => [kind.kind, kind]));
  return {
    count: counted?.count ?? 0,
    total: choice.total,
    parents: parentsOf(stream, choice.kinds),
    reason: choice.reason,
    async *units() {
      let after = '';
      for (;;) {
        const rows = await database.session((session) =>
          session.query<{ partition: string; kind: string; value: string; signal: string | null }>(
            `select * from (${due}) due where partition > $3 collate "C" order by partition collate "C" limit ${SLICE}`,
            [...parameters, after],
          ),
        );
        for (const { partition, kind, value, signal } of rows) {
          const param = byName.get(kind)?.param ?? '';
          yield {
            stream: stream.name,
            partition,
            kind,
            value,
            params: { [param]: value },
            signal: signal ?? undefined,
          };
        }
        const last = rows.at(-1);
        if (last === undefined || rows.length < SLICE) return;
        after = last.partition;
      }
    },
  };
}

/** Parents of the kinds that were chosen, and streams whose rows are read for each of theirs. */
function parentsOf(stream: Stream, kinds: readonly PartitionKind[]): string[] {
  const feeders = stream.sources.flatMap(({ forEach }) => (forEach === undefined ? [] : [forEach.stream]));
  const all = new Set([...kinds.map(({ parent }) => parent), ...feeders]);
  all.delete(stream.name);
  return [...all];
}

interface Choice {
  readonly kinds: readonly PartitionKind[];
  readonly total: number;
  readonly reason: string;
}

/**
 * Takes the alternative with the fewest partitions; one whose parents were not listed in this cycle is no choice. On a
 * first load, with `--full` and once a week the first alternative is taken, which is the one known to miss nothing.
 */
async function choose(
  session: Session,
  stream: Stream,
  alternatives: readonly (readonly PartitionKind[])[],
  { schemas, cycleId, full, complete, assumeListed }: PlanContext & { readonly complete: boolean },
): Promise<Choice> {
  const choices: { kinds: readonly PartitionKind[]; total: number; name: string }[] = [];
  const thorough =
    complete || (alternatives.length > 1 && (await isOverdue(session, stream, alternatives, schemas)));
  const allowed = thorough ? alternatives.slice(0, 1) : alternatives;
  for (const [index, kinds] of allowed.entries()) {
    const parents = [...new Set(kinds.map((kind) => kind.parent))].filter((parent) => parent !== stream.name);
    if (index > 0 && assumeListed !== true) {
      const listed = await session.query(
        `select 1 from ${quoteTable(schemas.state, 'partitions')}
          where stream = any($1::text[]) and partition = '' and status = 'complete' and cycle_id = $2`,
        [parents, cycleId],
      );
      if (listed.length < parents.length) continue;
    }
    const sql = `select count(*)::integer as total from (${candidatesSql(stream, kinds, schemas)}) candidates`;
    const [row] = await session.query<{ total: number }>(sql);
    const names = [...new Set(kinds.map((kind) => `${kind.kind}s`))].join(' and ');
    choices.push({ kinds, total: row?.total ?? 0, name: names });
  }
  const [best, ...others] = [...choices].sort((a, b) => a.total - b.total);
  if (best === undefined) return { kinds: [], total: 0, reason: 'no partitions' };
  const why = best.kinds.some((kind) => kind.signal !== undefined)
    ? full
      ? `all ${best.name}`
      : `${best.name} that are new or changed`
    : `all ${best.name}, swept in every run`;
  const instead = others.map((other) => `${other.total} ${other.name}`).join(', ');
  return { ...best, reason: instead === '' ? why : `${why} (${best.total}, fewer than ${instead})` };
}

/** True where the first alternative was not swept for a week. */
async function isOverdue(
  session: Session,
  stream: Stream,
  alternatives: readonly (readonly PartitionKind[])[],
  schemas: Schemas,
): Promise<boolean> {
  const kinds = (alternatives[0] ?? []).map(({ kind }) => kind);
  const recent = await session.query(
    `select 1 from ${quoteTable(schemas.state, 'partitions')}
      where stream = $1 and kind = any($2::text[]) and completed_at > now() - interval '7 days' limit 1`,
    [stream.name, kinds],
  );
  return recent.length === 0;
}

/** Every partition there is: partition, kind, value, signal. */
function candidatesSql(stream: Stream, kinds: readonly PartitionKind[], schemas: Schemas): string {
  return kinds
    .map((kind) => {
      const value = `p.${quoteName(kind.parentColumn)}`;
      const unless = kind.unless === undefined ? '' : `and not coalesce(p.${quoteName(kind.unless)}, false)`;
      return `select ${partitionExpression(stream, kind, value)} as partition, '${kind.kind}' as kind,
                     ${value} as value, ${signalExpression(kind)} as signal
                from ${quoteTable(schemas.target, kind.parent)} p
               where p._deleted_at is null and ${value} is not null ${unless}`;
    })
    .join(' union ');
}

/** The signal as one text; null (always due) where the parent has none of the columns filled. */
function signalExpression(kind: PartitionKind): string {
  if (kind.signal === undefined) return 'null::text';
  const columns = kind.signal.map((column) => `p.${quoteName(column)}::text`).join(', ');
  return `nullif(concat_ws('|', ${columns}), '')`;
}

/** Those of them that are due. $1 = stream, $2 = the cycle. */
function dueSql(stream: Stream, kinds: readonly PartitionKind[], schemas: Schemas, full: boolean): string {
  const partitions = quoteTable(schemas.state, 'partitions');
  // What is read per stored row of another stream waits until that stream has this very partition and version.
  const feeders = [...stream.sources].flatMap((source) =>
    source.forEach === undefined ? [] : [source.forEach.stream],
  );
  const ready = feeders
    .map(
      (feeder) => `and exists (select 1 from ${partitions} f where f.stream = '${feeder}'
                    and f.partition = c.partition and f.status = 'complete' and f.signal is not distinct from c.signal)`,
    )
    .join(' ');
  const swept = full ? 'true' : 'c.signal is null';
  return `select c.partition, c.kind, c.value, c.signal
            from (${candidatesSql(stream, kinds, schemas)}) c
            left join ${partitions} s on s.stream = $1 and s.partition = c.partition
           where (s.partition is null or s.status <> 'complete' or s.signal is distinct from c.signal
                  or (${swept} and s.cycle_id is distinct from $2)) ${ready}`;
}
