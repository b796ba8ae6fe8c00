/** Checks the rights of the database user. */
import { quoteName, type Session } from '../../core/database/database.ts';
import type { Schemas } from '../../state/schemas.ts';
import type { CheckLine } from './check-line.ts';

const SUBJECT = 'database rights';
const listed = (names: readonly string[]): string => new Intl.ListFormat('en-GB').format(names);

interface SchemaRow extends Record<string, unknown> {
  readonly name: string;
  readonly isThere: boolean;
  readonly owner: string;
  readonly uses: boolean;
  readonly creates: boolean;
  readonly isEmpty: boolean;
}

/**
 * Checks whether the user may make and change the tables of a sync.
 *
 * @param exportsSchema schema of the exports' tables, if there are exports.
 * @param answers schema of the answers, if they are kept.
 * @param shared schemas that several organizations share.
 * @throws DatabaseError
 */
export async function checkRights(
  session: Session,
  schemas: Schemas,
  exportsSchema: string | undefined,
  answers: string | undefined,
  shared: readonly string[] = [],
): Promise<CheckLine> {
  const wanted = [schemas.target, schemas.state, exportsSchema, answers, ...shared].filter(
    (schema) => schema !== undefined,
  );
  const [user] = await session.query<{ name: string; base: string; creates: boolean; temporary: boolean }>(
    `select current_user as name, current_database() as base,
            has_database_privilege(current_database(), 'create') as creates,
            has_database_privilege(current_database(), 'temporary') as temporary`,
  );
  const { name = '?', base = '?', creates = false, temporary = false } = user ?? {};
  if (exportsSchema !== undefined && !temporary) {
    return {
      subject: SUBJECT,
      outcome: 'failed',
      detail: `user ${name} may not create temporary tables, which exports need`,
      fix: `As the owner of the database: grant temporary on database ${quoteName(base)} to ${quoteName(name)};`,
    };
  }
  // Several privileges in one call are asked for with "or".
  const rows = await session.query<SchemaRow>(
    `select s.name, n.oid is not null as "isThere", coalesce(pg_get_userbyid(n.nspowner), '') as owner,
            coalesce(has_schema_privilege(n.oid, 'usage'), false) as uses,
            coalesce(has_schema_privilege(n.oid, 'usage') and has_schema_privilege(n.oid, 'create'), false) as creates,
            not exists (select from pg_class c where c.relnamespace = n.oid) as "isEmpty"
       from unnest($1::text[]) with ordinality as s(name, place) left join pg_namespace n on n.nspname = s.name
      order by s.place`,
    [wanted],
  );
  const missing = creates ? [] : rows.filter(({ isThere }) => !isThere);
  const closed = rows.filter(({ isThere, creates: makes }) => isThere && !makes);
  if (missing.length + closed.length > 0) return refused(name, missing, closed);

  const foreign = await session.query<{ table: string; owner: string }>(
    `select n.nspname || '.' || c.relname as table, pg_get_userbyid(c.relowner) as owner
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = any($1::text[]) and c.relkind in ('r', 'p', 'v', 'm') and not pg_has_role(c.relowner, 'usage')
      order by 1`,
    [[schemas.target, schemas.state, ...(answers === undefined ? [] : [answers]), ...shared]],
  );
  if (foreign.length === 0)
    return { subject: SUBJECT, outcome: 'ok', detail: `user ${name} may write ${listed(wanted)}` };
  const [first] = foreign;
  const others = foreign.length === 1 ? '' : `; ${foreign.length - 1} more are like it`;
  return {
    subject: SUBJECT,
    outcome: 'failed',
    detail: `user ${name} can't change ${first?.table}, which belongs to ${first?.owner}${others}`,
    fix: `Use ${first?.owner} in DATABASE_URL, or give all to ${name}, as an admin: sigma-sync roles create --writer ${JSON.stringify(name)}`,
  };
}

function refused(name: string, missing: readonly SchemaRow[], closed: readonly SchemaRow[]): CheckLine {
  const names = [...missing, ...closed].map((schema) => schema.name);
  const owners = [...new Set(closed.filter(({ isEmpty }) => !isEmpty).map(({ owner }) => owner))];
  const onlyReads = missing.length === 0 && closed.every(({ uses }) => uses);
  const detail = `user ${name} may ${onlyReads ? 'only read' : 'not write'} ${listed(names)}`;
  // A schema that somebody else has filled must not change hands because a reader runs a check.
  if (owners.length > 0) {
    const fix =
      `Let DATABASE_URL name ${listed(owners)}, whose ${closed.length === 1 ? 'it is' : 'they are'}. ` +
      '"sigma-sync roles create" creates a user for the connector and a read-only one.';
    return { subject: SUBJECT, outcome: 'failed', detail, fix };
  }
  const fixes = [
    ...missing.map((schema) => `create schema ${quoteName(schema.name)} authorization ${quoteName(name)};`),
    ...closed.map((schema) => `alter schema ${quoteName(schema.name)} owner to ${quoteName(name)};`),
  ];
  const who = missing.length > 0 ? 'As the owner of the database' : 'As its owner';
  return { subject: SUBJECT, outcome: 'failed', detail, fix: `${who}: ${fixes.join(' ')}` };
}
