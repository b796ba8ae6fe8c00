/** Everything that the catalogue of a database knows of two schemas, and every row in them, as lines to compare. */
import {
  type Database,
  ensureSchema,
  quoteName,
  quoteTable,
  type Session,
} from '../../src/core/database/database.ts';
import { EventBus } from '../../src/core/events/bus.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { applyMigrations } from '../../src/state/apply-migrations.ts';
import { applyComments, commentsOf } from '../../src/state/comments.ts';
import { migrate } from '../../src/state/migrate.ts';
import type { Schemas } from '../../src/state/schemas.ts';

/** Each selects `line`; $1 are the names of the schemas. Names of schemas stand in texts of functions and defaults, so both sides must have the same. */
const PARTS: readonly string[] = [
  `select concat_ws(' ', 'schema', nspname, pg_get_userbyid(nspowner), nspacl, obj_description(oid, 'pg_namespace')) as line
     from pg_namespace where nspname = any ($1)`,
  `select concat_ws(' ', 'relation', n.nspname, c.relname, 'kind', c.relkind, 'persistence', c.relpersistence, 'identity', c.relreplident,
                    'options', c.reloptions, 'acl', c.relacl, 'owner', pg_get_userbyid(c.relowner), 'partition', pg_get_expr(c.relpartbound, c.oid),
                    pg_get_partkeydef(c.oid), 'security', c.relrowsecurity, 'space', c.reltablespace, 'comment', d.description) as line
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     left join pg_description d on d.objoid = c.oid and d.classoid = 'pg_class'::regclass and d.objsubid = 0
    where n.nspname = any ($1)`,
  `select concat_ws(' ', 'column', n.nspname, c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), 'required', a.attnotnull,
                    'identity', a.attidentity, 'generated', a.attgenerated, 'storage', a.attstorage, 'collation', a.attcollation::regcollation,
                    'statistics', coalesce(a.attstattarget, -1), 'dropped', a.attisdropped, 'default', pg_get_expr(d.adbin, d.adrelid), 'missing', a.attmissingval,
                    'acl', a.attacl, 'comment', col_description(c.oid, a.attnum)) as line
     from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
     left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where n.nspname = any ($1) and a.attnum > 0`,
  `select concat_ws(' ', 'constraint', n.nspname, r.conrelid::regclass, r.conname, r.contype, pg_get_constraintdef(r.oid), r.convalidated,
                    obj_description(r.oid, 'pg_constraint')) as line
     from pg_constraint r join pg_namespace n on n.oid = r.connamespace where n.nspname = any ($1)`,
  `select concat_ws(' ', 'index', pg_get_indexdef(i.indexrelid), i.indisprimary, i.indisunique, i.indisvalid, i.indisreplident, i.indisclustered) as line
     from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace where n.nspname = any ($1)`,
  `select concat_ws(' ', 'function', p.prokind, p.oid::regprocedure, case when p.prokind <> 'a' then pg_get_functiondef(p.oid) end,
                    a.aggtransfn, a.aggfinalfn, a.aggtranstype::regtype, a.agginitval,
                    p.proacl, pg_get_userbyid(p.proowner), obj_description(p.oid, 'pg_proc')) as line
     from pg_proc p join pg_namespace n on n.oid = p.pronamespace left join pg_aggregate a on a.aggfnoid = p.oid where n.nspname = any ($1)`,
  `select concat_ws(' ', 'view', n.nspname, c.relname, pg_get_viewdef(c.oid)) as line
     from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = any ($1) and c.relkind in ('v', 'm')`,
  `select concat_ws(' ', 'trigger', g.tgrelid::regclass, pg_get_triggerdef(g.oid), g.tgenabled) as line
     from pg_trigger g join pg_class c on c.oid = g.tgrelid join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = any ($1) and not g.tgisinternal`,
  `select concat_ws(' ', 'sequence', s.schemaname, s.sequencename, s.data_type, s.start_value, s.min_value, s.max_value, s.increment_by, s.cycle, s.cache_size, s.last_value) as line
     from pg_sequences s where s.schemaname = any ($1)`,
  `select concat_ws(' ', 'owned', d.objid::regclass, d.refobjid::regclass, d.refobjsubid, d.deptype) as line
     from pg_depend d join pg_class c on c.oid = d.objid and c.relkind = 'S' join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = any ($1) and d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass`,
  `select concat_ws(' ', 'type', n.nspname, t.typname, t.typtype, t.typcategory) as line
     from pg_type t join pg_namespace n on n.oid = t.typnamespace where n.nspname = any ($1)`,
  `select concat_ws(' ', 'policy', polrelid::regclass, polname) as line from pg_policy p
     join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace where n.nspname = any ($1)`,
  `select concat_ws(' ', 'statistics', n.nspname, s.stxname) as line from pg_statistic_ext s join pg_namespace n on n.oid = s.stxnamespace where n.nspname = any ($1)`,
  `select concat_ws(' ', 'default rights', pg_get_userbyid(a.defaclrole), n.nspname, a.defaclobjtype, a.defaclacl) as line
     from pg_default_acl a join pg_namespace n on n.oid = a.defaclnamespace where n.nspname = any ($1)`,
];

/** Sorted lines, without numbers of toast tables, moments and ids that are made up. */
export async function wholeSchema(session: Session, { target, state }: Schemas): Promise<string[]> {
  const lines: string[] = [];
  for (const part of PARTS) {
    const rows = await session.query<{ line: string }>(part, [[target, state]]);
    lines.push(...rows.map(({ line }) => line));
  }
  const tables = await session.query<{ schema: string; name: string }>(
    `select schemaname as schema, tablename as name from pg_tables where schemaname = any ($1)`,
    [[target, state]],
  );
  for (const { schema, name } of tables) {
    const rows = await session.query<{ row: string }>(
      `select to_jsonb(t)::text as row from ${quoteTable(schema, name)} t`,
    );
    lines.push(...rows.map(({ row }) => `row ${schema} ${name} ${withoutChance(row)}`));
  }
  return lines.sort();
}

function withoutChance(row: string): string {
  return row
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '(moment)')
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '(id)');
}

/** The same schemas, made in one step and made by every migration in turn. */
export async function madeBothWays(
  database: Database,
  schemas: Schemas,
): Promise<{ readonly atOnce: string[]; readonly byMigrations: string[] }> {
  await migrate(database, schemas, catalogue, new EventBus());
  const atOnce = await database.session(async (session) => {
    const found = await wholeSchema(session, schemas);
    for (const name of [schemas.target, schemas.state])
      await session.query(`drop schema ${quoteName(name)} cascade`);
    await ensureSchema(session, schemas.target);
    await applyMigrations(session, schemas);
    return found;
  });
  await applyComments(database, schemas, commentsOf(schemas, catalogue));
  const byMigrations = await database.session((session) => wholeSchema(session, schemas));
  return { atOnce, byMigrations };
}
