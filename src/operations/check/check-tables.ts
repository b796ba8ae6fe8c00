/** Whether something that sigma-sync did not make stands where it keeps its tables. */
import type { Session } from '../../core/database/database.ts';
import { catalogue } from '../../extractors/catalogue.ts';
import type { Schemas } from '../../state/schemas.ts';
import { STATE_COMMENTS } from '../../state/state-comments.ts';
import type { CheckLine } from './check-line.ts';

/** Kinds of relations, as Postgres calls them. */
const KINDS: Readonly<Record<string, string>> = {
  ...{ r: 'table', p: 'table', v: 'view', m: 'materialized view', f: 'foreign table' },
  ...{ i: 'index', I: 'index', S: 'sequence', c: 'type' },
};

/** The first thing in the way; undefined where there is nothing. @throws DatabaseError */
export async function checkTables(session: Session, schemas: Schemas): Promise<CheckLine | undefined> {
  const [found] = await session.query<{ name: string; kind: string; more: number }>(
    `with ours as (
       select $1::text as schema, unnest($2::text[]) as name union all select $3, unnest($4::text[])),
     new as (
       select not exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
                           where n.nspname = $3 and c.relname = 'migrations') as is)
     select n.nspname || '.' || c.relname as name, c.relkind as kind, (count(*) over () - 1)::integer as more
       from ours o join pg_namespace n on n.nspname = o.schema
       join pg_class c on c.relnamespace = n.oid and c.relname = o.name, new
      where new.is or c.relkind not in ('r', 'p')
      order by 1 limit 1`,
    [schemas.target, catalogue.map(({ name }) => name), schemas.state, Object.keys(STATE_COMMENTS)],
  );
  if (found === undefined) return undefined;
  const more = found.more === 0 ? '' : `; ${found.more} more are like it`;
  return {
    subject: 'tables',
    outcome: 'failed',
    detail: `${found.name} is a ${KINDS[found.kind] ?? 'relation'} that sigma-sync did not create${more}`,
    fix: 'Rename it, or set database.schema (SIGMA_SYNC_SCHEMA) to another name.',
  };
}
