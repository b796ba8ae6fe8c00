/** Brings what exports loaded before in line with the rules for their columns, one transaction per export. */
import {
  type Database,
  hasTable,
  quoteName,
  quoteTable,
  type Session,
} from '../../core/database/database.ts';
import { ConfigError } from '../../core/errors.ts';
import type { EventBus } from '../../core/events/bus.ts';
import {
  NOTHING_APPLIED,
  readApplied,
  type Step,
  stepBetween,
  writeApplied,
} from '../../loaders/privacy/applied.ts';
import type { Hash } from '../../loaders/privacy/mask.ts';
import { exportsLock } from '../../state/lock.ts';
import { noteAllRewritten } from '../../state/rewrites.ts';
import type { Schemas } from '../../state/schemas.ts';
import type { ExportColumn } from '../decide/columns.ts';
import { bookName, type ExportDefinition } from '../decide/definition.ts';
import { ruleOf } from '../decide/hidden-columns.ts';
import { castTo } from './stage.ts';
import { knownColumns, type Target } from './target.ts';

/** Where rules for exports are applied. */
export interface HideContext {
  readonly database: Database;
  readonly schemas: Schemas;
  readonly exportsSchema: string;
  readonly exports: readonly ExportDefinition[];
  readonly hash: Hash;
  /** Which key it is; undefined where there is none. */
  readonly keyId: string | undefined;
}

/** Distinct values that are hashed at once. */
const BATCH = 5000;

/** Exports whose rows do not comply with their rules (yet). @throws DatabaseError */
export async function pendingExports({
  database,
  schemas,
  exports,
  keyId,
}: HideContext): Promise<{ definition: ExportDefinition; step: Step }[]> {
  const applied = await readApplied(database, schemas);
  return exports.flatMap((definition) => {
    const rules = Object.fromEntries(
      Object.entries(definition.hide ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)),
    );
    const step = stepBetween(applied.get(bookName(definition)) ?? NOTHING_APPLIED, rules, keyId);
    return step === undefined ? [] : [{ definition, step }];
  });
}

/**
 * Hides what is stored. Values that laxer rules would show come with the next load alone. Where another process runs
 * exports nothing is done: whoever comes next does it.
 *
 * @throws DatabaseError; ConfigError where a key column would lose its hashes.
 */
export async function hideInExports(context: HideContext, events: EventBus): Promise<void> {
  const { database, schemas } = context;
  if ((await pendingExports(context)).length === 0) return;
  const lock = await database.tryLock(exportsLock(schemas), () => undefined);
  if (lock === undefined) return;
  try {
    for (const { definition, step } of await pendingExports(context)) {
      const rows = await database.transaction((session) => hideOne(session, context, definition, step));
      const stream = bookName(definition);
      if (step.tightened.length > 0 || step.rekeyed)
        events.emit('privacy.rewritten', { stream, rules: step.tightened, rows, changes: 0 });
      if (step.reread.length > 0) events.emit('privacy.reread', { stream, rules: step.reread });
    }
  } finally {
    await lock.release();
  }
}

async function hideOne(
  session: Session,
  { schemas, exportsSchema: schema, hash }: HideContext,
  definition: ExportDefinition,
  step: Step,
): Promise<number> {
  const table = quoteTable(schema, definition.table);
  const target: Target = { schema, table, definition };
  let rows = 0;
  if (await hasTable(session, schema, definition.table)) {
    const columns = await knownColumns(session, schemas, target);
    for (const column of columns) {
      if (step.rekeyed) rows += await dropHashes(session, target, column);
      const rule = ruleOf(definition, column.label, column.name);
      if (rule === 'drop') rows += await drop(session, target, column);
      else if (rule === 'hash') rows += await hashAll(session, schemas, target, column, hash);
    }
    if (columns.length > 0) await session.query(`analyze ${table}`);
    if (rows > 0) await noteAllRewritten(session, schemas, bookName(definition));
  }
  await writeApplied(session, schemas, bookName(definition), step.result);
  return rows;
}

const counted = async (
  session: Session,
  update: string,
  values: readonly unknown[] = [],
): Promise<number> => {
  const [row] = await session.query<{ n: number }>(
    `with hidden as (${update} returning 1) select count(*)::integer as n from hidden`,
    values,
  );
  return row?.n ?? 0;
};

const drop = (session: Session, { table }: Target, { name }: ExportColumn): Promise<number> =>
  counted(session, `update ${table} set ${quoteName(name)} = null where ${quoteName(name)} is not null`);

/** Hashes of a key that may have got out are as good as plain text. @throws ConfigError of a key: rows need theirs */
async function dropHashes(
  session: Session,
  { table, definition, schema }: Target,
  { name, label, sqlType }: ExportColumn,
): Promise<number> {
  if (sqlType !== 'text') return 0;
  const column = quoteName(name);
  const where = `where ${column} ~ '^hmac:[0-9a-f]{32}$'`;
  if (!definition.key.includes(label) && !definition.key.includes(name))
    return counted(session, `update ${table} set ${column} = null ${where}`);
  if ((await session.query(`select 1 from ${table} ${where} limit 1`)).length === 0) return 0;
  throw new ConfigError(
    `The key of the hashes changed, and ${schema}.${definition.table} identifies its rows by hashes of the old key (${label}).`,
    { advice: `Drop the table: the next run loads it again. "drop table ${schema}.${definition.table}"` },
  );
}

async function hashAll(
  session: Session,
  schemas: Schemas,
  { table, definition }: Target,
  { name, sqlType }: ExportColumn,
  hash: Hash,
): Promise<number> {
  const column = quoteName(name);
  if (sqlType !== 'text') {
    await session.query(
      `alter table ${table} alter column ${column} type text using ${castTo(column, 'text')}`,
    );
    await session.query(
      `update ${quoteTable(schemas.state, 'export_columns')} set kind = 'text', sql_type = 'text'
        where export = $1 and column_name = $2`,
      [definition.name, name],
    );
  }
  await session.query('create temp table sigma_export_hashes (plain text, hash text) on commit drop');
  await session.query(
    `declare plain_values no scroll cursor for
       select distinct ${column} as plain from ${table} where ${column} !~ '^hmac:[0-9a-f]{32}$'`,
  );
  for (;;) {
    const batch = await session.query<{ plain: string }>(`fetch ${BATCH} from plain_values`);
    if (batch.length === 0) break;
    const plain = batch.map((row) => row.plain);
    await session.query(
      'insert into pg_temp.sigma_export_hashes select * from unnest($1::text[], $2::text[])',
      [plain, plain.map((text) => hash(text) ?? null)],
    );
  }
  await session.query('close plain_values');
  await session.query('analyze pg_temp.sigma_export_hashes');
  const rows = await counted(
    session,
    `update ${table} t set ${column} = h.hash from pg_temp.sigma_export_hashes h where t.${column} = h.plain`,
  );
  await session.query('drop table pg_temp.sigma_export_hashes');
  return rows;
}
