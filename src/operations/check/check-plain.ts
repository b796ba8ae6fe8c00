/** `check` of what else may name people and is kept in plain: fields that hold free text, and values that were found. */
import { ADDRESS_SQL, hasAddress } from '../../core/addresses.ts';
import {
  type Database,
  hasTable,
  quoteLiteral,
  quoteName,
  quoteTable,
  type Session,
} from '../../core/database/database.ts';
import { plural } from '../../core/words.ts';
import type { ExportDefinition } from '../../exports/decide/definition.ts';
import { ruleOf } from '../../exports/decide/hidden-columns.ts';
import { knownColumns } from '../../exports/write/target.ts';
import type { Stream } from '../../extractors/stream.ts';
import type { Privacy } from '../../loaders/privacy/compile-privacy.ts';
import { isMigrated } from '../../state/read/status.ts';
import type { Schemas } from '../../state/schemas.ts';
import { type CheckLine, failed } from './check-line.ts';
import { mayRead } from './run-checks.ts';

/** Input of the checks. */
export interface PlainContext {
  readonly database: Database;
  readonly schemas: Schemas;
  readonly streams: readonly Stream[];
  readonly privacy: Privacy;
  readonly exports: readonly ExportDefinition[];
  readonly exportsSchema: string;
}

/** Columns that can name people though that is not what they are for: `stream` → columns. Folders are called after people. */
const MAY_NAME: Readonly<Record<string, readonly string[]>> = {
  user_attribute_members: ['value'],
  user_attribute_teams: ['value'],
  user_attributes: ['default_value'],
  files: ['name', 'path', 'description'],
  member_recent_files: ['name', 'path', 'description'],
  member_favorites: ['name', 'path', 'description'],
  workbooks: ['name', 'path', 'description'],
  reports: ['name', 'path', 'description'],
  data_models: ['name', 'path'],
  teams: ['name', 'description'],
  workbook_elements: ['name', 'error'],
  workbook_queries: ['error'],
  workbook_columns: ['formula'],
  data_model_columns: ['formula'],
};

/** Rows of a table that are looked at, and those of them with an @ that are read. */
const LOOKED_AT = 20_000;
const READ = 300;

/** Fields of others' making whose names say that they name somebody. */
const NAMES_SOMEBODY =
  /owner|author|creator|user|member|person|people|recipient|invitee|first_?name|last_?name|full_?name/i;
const IS_ID = /^[\w-]{8,}$|^\d*$|^hmac:/;

/** One line; it fails nothing. Never throws for what it finds. */
export async function checkPlain(context: PlainContext): Promise<CheckLine> {
  const subject = 'free text';
  const { database, schemas, streams, privacy } = context;
  const fields = streams.flatMap(({ name, columns }) => {
    const rules = privacy.of(name)?.rules ?? {};
    const plain = (MAY_NAME[name] ?? []).filter(
      (column) => columns.some((one) => one.name === column) && !Object.hasOwn(rules, column),
    );
    return plain.map((column) => `${name}.${column}`);
  });
  const known = fields.length === 0 ? 'nothing' : fields.join(', ');
  try {
    const isOpen = (await isMigrated(database, schemas)) && (await mayRead(database, schemas));
    const found = isOpen ? await database.session((session) => look(session, context)) : [];
    const detail = `may name people and is kept in plain: ${known}${found.length === 0 ? '' : `; found in plain: ${found.join(', ')}`}`;
    const summary =
      fields.length + found.length === 0
        ? detail
        : `${plural(fields.length, 'column')} may name people and ${fields.length === 1 ? 'is' : 'are'} kept in plain; ${found.length === 0 ? 'no others were found' : `${plural(found.length, 'other field')} with addresses or names found`} (--json lists them)`;
    return { subject, outcome: 'ok', detail, summary };
  } catch (error) {
    return failed(subject, error);
  }
}

async function look(session: Session, context: PlainContext): Promise<string[]> {
  const found: string[] = [];
  for (const stream of context.streams) {
    const table = quoteTable(context.schemas.target, stream.name);
    const some = `(select t._raw as raw from ${table} t where t._deleted_at is null limit ${LOOKED_AT}) x`;
    const rows = await session.query<{ raw: unknown }>(
      `(select x.raw from ${some} where x.raw::text like '%@%' limit ${READ})
       union all (select x.raw from ${some} limit ${READ})`,
    );
    const fields = new Map<string, string>();
    for (const { raw } of rows) walk(raw, [], (path, text) => note(stream, path, text, fields));
    found.push(...[...fields].map(([field, what]) => `${field} (${what})`).sort());
  }
  for (const definition of context.exports) found.push(...(await lookAtExport(session, context, definition)));
  return found;
}

/** Every text below a value, with the names of the fields that lead to it; lists add none. */
function walk(
  value: unknown,
  path: readonly string[],
  visit: (path: readonly string[], text: string) => void,
): void {
  if (typeof value === 'string') visit(path, value);
  else if (Array.isArray(value)) for (const item of value as unknown[]) walk(item, path, visit);
  else if (typeof value === 'object' && value !== null)
    for (const [name, inner] of Object.entries(value)) walk(inner, [...path, name], visit);
}

/** Notes a field under the name by which privacy settings hide it, unless it is declared to hold such data. */
function note(stream: Stream, path: readonly string[], text: string, fields: Map<string, string>): void {
  const column = stream.columns.find(({ from, source }) => from === 'field' && source === path[0]);
  if (column?.sensitive !== undefined) return;
  const isColumn = column !== undefined && path.length === 1;
  const name = `${stream.name}.${isColumn ? column.name : `_raw.${path.join('.')}`}`;
  if (hasAddress(text)) fields.set(name, 'addresses');
  else if (
    column === undefined &&
    !fields.has(name) &&
    !IS_ID.test(text) &&
    path.some((one) => NAMES_SOMEBODY.test(one))
  )
    fields.set(name, 'may name somebody');
}

async function lookAtExport(
  session: Session,
  { schemas, exportsSchema: schema }: PlainContext,
  definition: ExportDefinition,
): Promise<string[]> {
  const table = quoteTable(schema, definition.table);
  if (!(await hasTable(session, schema, definition.table))) return [];
  const found: string[] = [];
  for (const { name, label, sqlType } of await knownColumns(session, schemas, {
    schema,
    table,
    definition,
  })) {
    if (ruleOf(definition, label, name) !== undefined) continue;
    if (!/^(text|varchar|character|jsonb?)/.test(sqlType)) continue;
    const rows = await session.query(
      `select 1 from (select t.${quoteName(name)}::text as value from ${table} t limit ${LOOKED_AT}) x
        where x.value ~ ${quoteLiteral(ADDRESS_SQL)} limit 1`,
    );
    if (rows.length > 0) found.push(`exports.${definition.name} ${JSON.stringify(label)} (addresses)`);
    else if (NAMES_SOMEBODY.test(label))
      found.push(`exports.${definition.name} ${JSON.stringify(label)} (may name somebody)`);
  }
  return found;
}
