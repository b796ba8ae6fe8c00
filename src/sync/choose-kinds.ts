/** Chooses which partitions of a stream are swept. */
import { quoteTable, type Session } from '../core/database/database.ts';
import type { PartitionKind, Stream } from '../extractors/stream.ts';
import type { Schemas } from '../state/schemas.ts';
import { candidatesSql } from './due-sql.ts';

/** Facts that the choice depends on. */
interface ChoiceContext {
  readonly schemas: Schemas;
  readonly cycleId: string;
  readonly now: Date;
  /** Take the direction that is known to miss nothing. */
  readonly complete: boolean;
  /** Take the parents' listings for read. */
  readonly assumeListed?: boolean;
}

/** The kinds of partitions that are swept. */
export interface Choice {
  readonly kinds: readonly PartitionKind[];
  readonly total: number;
  /** The rejected alternative, if there was a choice; ends with a colon. */
  readonly instead: string;
}

/**
 * Takes the alternative with the fewest partitions; one whose parents were not listed in this cycle is no choice. On a
 * first load, with `--full` and once a week the first alternative is taken, which is the one known to miss nothing.
 */
export async function choose(
  session: Session,
  stream: Stream,
  alternatives: readonly (readonly PartitionKind[])[],
  { schemas, cycleId, complete, assumeListed, now }: ChoiceContext,
): Promise<Choice> {
  const choices: { kinds: readonly PartitionKind[]; total: number; name: string }[] = [];
  const thorough =
    complete || (alternatives.length > 1 && (await isOverdue(session, stream, alternatives, schemas, now)));
  const allowed = thorough ? alternatives.slice(0, 1) : alternatives;
  for (const [index, kinds] of allowed.entries()) {
    const parents = [...new Set(kinds.map((kind) => kind.parent))].filter((parent) => parent !== stream.name);
    if (index > 0 && assumeListed !== true && !(await areListed(session, schemas, parents, cycleId)))
      continue;
    const total = await countCandidates(session, schemas, stream, kinds);
    const told = kinds.filter(({ objects }) => objects !== 'unknown');
    const names = [...new Set(told.map((kind) => `${kind.kind}s`))].join(' and ');
    choices.push({ kinds, total, name: names });
  }
  const [best, ...others] = [...choices].sort((a, b) => a.total - b.total);
  if (best === undefined) return { kinds: [], total: 0, instead: '' };
  if (alternatives.length === 1) return { ...best, instead: '' };
  const rest = others.map((other) => `${other.total} ${other.name}`).join(', ');
  const why = thorough ? 'the direction that misses nothing' : `fewer than ${rest}`;
  const instead =
    thorough || others.length > 0 ? `by ${best.name} (${best.total}, ${why}): ` : `by ${best.name}: `;
  return { ...best, instead };
}

/** True where these root listings were read in the cycle. @throws DatabaseError */
export async function areListed(
  session: Session,
  schemas: Schemas,
  streams: readonly string[],
  cycleId: string,
): Promise<boolean> {
  const listed = await session.query(
    `select 1 from ${quoteTable(schemas.state, 'partitions')}
      where stream = any($1::text[]) and partition = '' and status = 'complete' and cycle_id = $2`,
    [streams, cycleId],
  );
  return listed.length === streams.length;
}

/** Partitions there are of these kinds. @throws DatabaseError */
export async function countCandidates(
  session: Session,
  schemas: Schemas,
  stream: Stream,
  kinds: readonly PartitionKind[],
): Promise<number> {
  const sql = `select count(*)::integer as total from (${candidatesSql(stream, kinds, schemas)}) candidates`;
  const [row] = await session.query<{ total: number }>(sql);
  return row?.total ?? 0;
}

/** True where the first alternative was not swept for a week: a sweep that was cut off is none. */
async function isOverdue(
  session: Session,
  stream: Stream,
  alternatives: readonly (readonly PartitionKind[])[],
  schemas: Schemas,
  now: Date,
): Promise<boolean> {
  const kinds = (alternatives[0] ?? []).map(({ kind }) => kind);
  // Some fail again and again, which is no reason to sweep the others in every run.
  const [swept] = await session.query<{ recently: boolean }>(
    `select count(*) filter (where completed_at > $3::timestamptz - interval '7 days'
                               and completed_at < $3::timestamptz + interval '1 day') > 0.9 * count(*) as recently
       from ${quoteTable(schemas.state, 'partitions')} where stream = $1 and kind = any($2::text[])`,
    [stream.name, kinds, now.toISOString()],
  );
  return swept?.recently !== true;
}
