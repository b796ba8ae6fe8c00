/**
 * Engines of PGlite that tests take in turn. Starting one costs a second of computing, more than most tests, so it is
 * brought back to the state of its image instead: objects made by a test are dropped, tables it filled are emptied.
 * If that is not enough (a test changed something that was there before), the engine is given up.
 */
import { openAsBlob } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';
import { quoteLiteral } from '../../src/core/database/database.ts';

/** A running engine and what it was like at first. */
export interface PooledEngine {
  readonly pglite: PGlite;
  /** Oids of what the image has: schemas, relations, functions and roles. */
  readonly oids: readonly number[];
  readonly fingerprint: string;
  /** Tables that the image has rows in, with a hash of them. */
  readonly seeded: Readonly<Record<string, string>>;
}

/** The first oid of what is not the engine's own. */
const FIRST = 16_384;

// Files share their worker, and each may have its own copy of this module.
const registry = globalThis as { [key: symbol]: PooledEngine[] | undefined };
const KEY = Symbol.for('sigma-sync.test-pglite');
const idle = (): PooledEngine[] => (registry[KEY] ??= []);

/** An engine like new, of the image at `path`. */
export async function takeEngine(path: string): Promise<PooledEngine> {
  for (let engine = idle().pop(); engine !== undefined; engine = idle().pop()) {
    if (await isReset(engine)) return engine;
    await engine.pglite.close();
  }
  const pglite = await PGlite.create({ loadDataDir: await openAsBlob(path) });
  await pglite.exec(SESSION);
  const oids = await numbers(pglite, OIDS);
  return { pglite, oids, fingerprint: await fingerprintOf(pglite), seeded: await contents(pglite) };
}

/** Gives an engine back; of two that are free, one is closed. */
export async function giveBack(engine: PooledEngine): Promise<void> {
  if (engine.pglite.closed) return;
  if (idle().length === 0) idle().push(engine);
  else await engine.pglite.close();
}

/** As `openPGlite` begins a session. */
const SESSION = 'set timezone = UTC; set search_path = pg_catalog';

/** A session keeps its schema of temporary tables and knows it by its oid: that one stays. */
const KEPT = `nspname ~ '^pg_(toast_)?temp_'`;

const USERS = `n.oid >= ${FIRST} and not n.${KEPT} or n.nspname = 'public'`;

const OIDS = `select oid from pg_namespace where oid >= ${FIRST}
  union all select oid from pg_class where oid >= ${FIRST}
  union all select oid from pg_proc where oid >= ${FIRST}
  union all select oid from pg_roles where oid >= ${FIRST}`;

/** False where it can't be brought back. */
async function isReset({ pglite, oids, fingerprint, seeded }: PooledEngine): Promise<boolean> {
  try {
    await pglite.exec('rollback');
    await pglite.exec('discard all');
    await pglite.exec(SESSION);
    await dropAdded(pglite, oids);
    if ((await fingerprintOf(pglite)) !== fingerprint) return false;
    const filled = Object.keys(await contents(pglite, Object.keys(seeded)));
    if (filled.length > 0) await pglite.exec(`truncate ${filled.join(', ')} cascade`);
    await pglite.exec(`select setval(format('%I.%I', schemaname, sequencename), start_value, false)
      from pg_sequences where last_value is not null`);
    const now = await contents(pglite);
    return JSON.stringify(now) === JSON.stringify(seeded);
  } catch {
    return false;
  }
}

async function dropAdded(pglite: PGlite, oids: readonly number[]): Promise<void> {
  const added = `not (x.oid = any ($1::oid[])) and x.oid >= ${FIRST}`;
  const statements = `
    select format('drop schema if exists %I cascade', x.nspname) as statement, 1 as turn from pg_namespace x where ${added} and not x.${KEPT}
    union all
    select format('drop %s if exists %I.%I cascade',
                  case x.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence' else 'table' end,
                  n.nspname, x.relname), 2
      from pg_class x join pg_namespace n on n.oid = x.relnamespace
     where ${added} and x.relkind in ('r', 'p', 'v', 'm', 'S') and n.oid = any ($1::oid[] || 'public'::regnamespace::oid)
    union all
    select format('drop routine if exists %s cascade', x.oid::regprocedure), 3
      from pg_proc x join pg_namespace n on n.oid = x.pronamespace
     where ${added} and n.oid = any ($1::oid[] || 'public'::regnamespace::oid)
    union all
    select format('drop owned by %I; drop role %I', x.rolname, x.rolname), 4 from pg_roles x where ${added}
    order by 2`;
  const { rows } = await pglite.query<{ statement: string }>(statements, [oids]);
  if (rows.length > 0) await pglite.exec(rows.map(({ statement }) => statement).join(';\n'));
}

/** Changes with everything about schemas, tables and functions that a test could change. */
async function fingerprintOf(pglite: PGlite): Promise<string> {
  const parts = [
    `select n.oid, n.nspname, n.nspacl from pg_namespace n where ${USERS}`,
    `select oid, relname, relnamespace, relkind, relacl, relispartition, reloptions, relowner from pg_class where oid >= ${FIRST} and relkind <> 't' and not (relkind = 'i' and relname like 'pg_toast%')`,
    `select attrelid, attnum, attname, atttypid, attnotnull, attisdropped, attacl from pg_attribute where attrelid >= ${FIRST} and attnum > 0`,
    `select oid, conname, conrelid, convalidated from pg_constraint where oid >= ${FIRST}`,
    `select oid, proname, prosrc, proacl from pg_proc where oid >= ${FIRST}`,
    `select oid, tgname, tgenabled from pg_trigger where oid >= ${FIRST}`,
    `select objoid, objsubid, description from pg_description where objoid >= ${FIRST}`,
    `select inhrelid, inhparent from pg_inherits`,
    `select oid, rolname, rolsuper from pg_roles where oid >= ${FIRST}`,
  ];
  const hashes = parts.map(
    (part) => `(select coalesce(md5(string_agg(x::text, ',' order by x::text)), '') from (${part}) x)`,
  );
  const { rows } = await pglite.query<{ hash: string }>(
    `select concat_ws(' ', ${hashes.join(', ')}) as hash`,
  );
  return rows[0]?.hash ?? '';
}

/** Hashes of the rows of all tables that have some, but for those named. */
async function contents(pglite: PGlite, without: readonly string[] = []): Promise<Record<string, string>> {
  const { rows: tables } = await pglite.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'r' and (${USERS}) order by 1`,
  );
  const wanted = tables.map(({ name }) => name).filter((name) => !without.includes(name));
  const filled = wanted.map(
    (name) => `select ${quoteLiteral(name)} as name where exists (select from ${name})`,
  );
  if (filled.length === 0) return {};
  const { rows } = await pglite.query<{ name: string }>(`${filled.join(' union all ')} order by 1`);
  const hashes: Record<string, string> = {};
  for (const { name } of rows) {
    const hash = without.length > 0 ? '' : await hashOf(pglite, name);
    hashes[name] = hash;
  }
  return hashes;
}

async function hashOf(pglite: PGlite, table: string): Promise<string> {
  const { rows } = await pglite.query<{ hash: string }>(
    `select md5(string_agg(x::text, ',' order by x::text)) as hash from ${table} x`,
  );
  return rows[0]?.hash ?? '';
}

async function numbers(pglite: PGlite, sql: string): Promise<number[]> {
  const { rows } = await pglite.query<{ oid: number }>(sql);
  return rows.map(({ oid }) => oid);
}
