/** `id`: what an address or id is of, its name and its long id. */
import { type Database, quoteTable, type Session } from '../../core/database/database.ts';
import { ConfigError, describeError, InterruptedError, SigmaSyncError } from '../../core/errors.ts';
import type { SigmaClient } from '../../sigma/client.ts';
import {
  type FindableKind,
  type FindOptions,
  type FoundObject,
  findByShortId,
  getByDigits,
  getObject,
} from '../../sigma/find.ts';
import { longIdOf, parseSigmaId, type SigmaId, type SigmaIdKind } from '../../sigma/ids.ts';
import type { Schemas } from '../../state/schemas.ts';

export interface ResolvedId {
  /** workbook, connection, folder, …; `unknown` where nobody could tell. */
  readonly kind: string;
  /** The long id, which the API goes by; null where nobody could be asked and the address has the short one. */
  readonly id: string | null;
  readonly shortId: string | null;
  readonly name: string | null;
  /** The element that the address selects. */
  readonly element: { readonly id: string; readonly name: string | null } | null;
  /** The draft that the address is of; what is exported and synced is the published version. */
  readonly draft: string | null;
  /** Who told: the synced tables, the API, or the address alone. */
  readonly source: 'database' | 'api' | 'address';
}

/** Whom to ask. */
export interface IdSources {
  /** Opens the database; undefined where there is none yet. */
  readonly database: (() => Promise<Database>) | undefined;
  readonly schemas: Schemas;
  /** @throws ConfigError where there are no credentials. */
  readonly client: () => Promise<SigmaClient>;
  /** Says why a source could not be asked. */
  readonly tell: (text: string) => void;
  readonly find?: FindOptions;
}

/**
 * Asks the synced tables, then the API. What has a long id already is answered even where neither knows it; and without
 * credentials an address still tells its kind and its short id.
 *
 * @throws ConfigError where the text is not understood, or nobody knows a short id that was asked for; what `client.get` throws.
 */
export async function resolveId(text: string, sources: IdSources): Promise<ResolvedId> {
  const parsed = parseSigmaId(text);
  const { found: stored, elementName } = await askDatabase(parsed, sources);
  const answer = stored === undefined ? await askApi(parsed, sources) : { found: stored };
  const { found } = answer;
  const { form, kind } = parsed;
  if (found === undefined && form === 'short' && !('unasked' in answer)) throw notFound(parsed);
  return {
    kind: found?.kind ?? kind,
    id: found?.id ?? (form === 'long' ? parsed.id : null),
    shortId: found?.shortId ?? (form === 'short' ? parsed.id : null),
    name: found?.name ?? null,
    element: parsed.element === undefined ? null : { id: parsed.element, name: elementName ?? null },
    draft: parsed.draft ?? null,
    source: stored !== undefined ? 'database' : found !== undefined ? 'api' : 'address',
  };
}

/** Kinds to ask the API for, the likeliest first. */
const CANDIDATES: Readonly<Record<SigmaIdKind, readonly FindableKind[]>> = {
  workbook: ['workbook'],
  report: ['report', 'file'],
  'data-model': ['data-model'],
  dataset: ['dataset', 'file'],
  template: ['template'],
  'connection-or-workspace': ['workspace', 'connection', 'file'],
  team: ['team'],
  // Elements are found within their workbook only; but a short id of fewer digits looks alike.
  element: [],
  unknown: [
    'workbook',
    'data-model',
    'report',
    'file',
    'workspace',
    'connection',
    'team',
    'template',
    'dataset',
  ],
};

/** Listings that tell short ids. */
const LISTED: ReadonlySet<FindableKind> = new Set([
  ...(['workbook', 'report', 'data-model', 'dataset', 'template', 'file'] as const),
]);

/** Kinds of what an id can be of. */
function candidatesOf({ kind, id }: SigmaId): readonly FindableKind[] {
  return CANDIDATES[kind === 'element' && longIdOf(id) !== undefined ? 'unknown' : kind];
}

/** What the API knows; `unasked` where there are no credentials, and the address says something by itself. */
async function askApi(
  parsed: SigmaId,
  sources: IdSources,
): Promise<{ readonly found: FoundObject | undefined; readonly unasked?: true }> {
  if (candidatesOf(parsed).length === 0) return { found: undefined };
  let client: SigmaClient;
  try {
    client = await sources.client();
  } catch (error) {
    // A bare short id says nothing by itself.
    const isMute = parsed.form === 'short' && parsed.kind === 'unknown';
    if (!(error instanceof ConfigError) || isMute) throw error;
    if (parsed.form === 'short') sources.tell(`The long id was not looked up: ${describeError(error)}`);
    return { found: undefined, unasked: true };
  }
  return { found: await search(parsed, client, sources) };
}

async function search(
  parsed: SigmaId,
  client: SigmaClient,
  sources: IdSources,
): Promise<FoundObject | undefined> {
  const candidates = candidatesOf(parsed);
  try {
    for (const kind of candidates) {
      const found = await getByDigits(client, kind, parsed.id, sources.find);
      if (found !== undefined) return found;
    }
    if (parsed.kind === 'element') return undefined;
    for (const kind of candidates) {
      const found = await getObject(client, kind, parsed.id, sources.find);
      if (found !== undefined) return found;
    }
    if (parsed.form === 'long') return undefined;
    for (const kind of candidates.filter((candidate) => LISTED.has(candidate))) {
      const found = await findByShortId(client, kind, parsed.id, sources.find);
      if (found !== undefined) return found;
    }
    return undefined;
  } catch (error) {
    // Only the name is missing then.
    if (parsed.form === 'short' || !(error instanceof SigmaSyncError) || error instanceof InterruptedError)
      throw error;
    if (!(error instanceof ConfigError)) sources.tell(describeError(error));
    return undefined;
  }
}

/** Where the tables have ids and names. */
const TABLES: readonly {
  readonly table: string;
  readonly kind: string;
  readonly id: string;
  readonly shortId?: string;
  readonly name?: string;
  /** Of elements: the column with the document they are in. */
  readonly document?: string;
}[] = [
  { table: 'workbooks', kind: `'workbook'`, id: 'workbook_id', shortId: 'workbook_url_id' },
  { table: 'reports', kind: `'report'`, id: 'report_id', shortId: 'report_url_id' },
  { table: 'data_models', kind: `'data-model'`, id: 'data_model_id', shortId: 'data_model_url_id' },
  { table: 'templates', kind: `'template'`, id: 'template_id', shortId: 'template_url_id' },
  { table: 'workspaces', kind: `'workspace'`, id: 'workspace_id' },
  { table: 'connections', kind: `'connection'`, id: 'connection_id' },
  { table: 'teams', kind: `'team'`, id: 'team_id' },
  { table: 'members', kind: `'member'`, id: 'member_id', name: `concat_ws(' ', first_name, last_name)` },
  ...['workbook', 'report', 'data_model'].map((document) => ({
    ...{ table: `${document}_elements`, kind: `'element'`, id: 'element_id', document: `${document}_id` },
  })),
  {
    table: 'datasets',
    kind: `'dataset'`,
    id: 'dataset_id',
    shortId: `substring(url from '/b/(?:[^/?#]*-)?([0-9A-Za-z]{18,22})(?:[/?#]|$)')`,
  },
  // Last, because it has workbooks and workspaces as well.
  { table: 'files', kind: `coalesce(type, 'file')`, id: 'id', shortId: 'url_id' },
];

interface Stored {
  readonly found?: FoundObject | undefined;
  readonly elementName?: string | undefined;
}

async function askDatabase(parsed: SigmaId, { database, schemas, tell }: IdSources): Promise<Stored> {
  if (database === undefined) return {};
  try {
    return await (await database()).session((session) => look(session, schemas, parsed));
  } catch (error) {
    if (!(error instanceof SigmaSyncError) || error instanceof InterruptedError) throw error;
    tell(describeError(error));
    return {};
  }
}

async function look(session: Session, { target }: Schemas, { id, element }: SigmaId): Promise<Stored> {
  const there = await session.query<{ name: string }>(
    'select tablename as name from pg_tables where schemaname = $1',
    [target],
  );
  const names = new Set(there.map(({ name }) => name));
  const tables = TABLES.filter(({ table }) => names.has(table));
  const selects = tables.map(
    ({ table, kind, id: column, shortId, name = 'name' }, rank) =>
      `select ${rank} as rank, ${kind} as kind, ${column} as id, ${shortId ?? 'null'} as short_id, ${name} as name,
              _deleted_at is not null as deleted
         from ${quoteTable(target, table)} where ${column} = $1${shortId === undefined ? '' : ` or ${shortId} = $1`}`,
  );
  if (selects.length === 0) return {};
  const [row] = await session.query<
    Record<'kind' | 'id', string> & Record<'short_id' | 'name', string | null>
  >(
    `select kind, id, short_id, name from (${selects.join(' union all ')}) as known order by deleted, rank limit 1`,
    [id],
  );
  if (row === undefined) return {};
  const elements = tables.flatMap(({ table, document }) =>
    document === undefined
      ? []
      : [`select name from ${quoteTable(target, table)} where ${document} = $1 and element_id = $2`],
  );
  const [selected] =
    element === undefined || elements.length === 0
      ? []
      : await session.query<{ name: string | null }>(elements.join(' union all '), [row.id, element]);
  return {
    found: { kind: row.kind, id: row.id, shortId: row.short_id ?? undefined, name: row.name ?? undefined },
    elementName: selected?.name ?? undefined,
  };
}

function notFound({ kind, id }: SigmaId): ConfigError {
  const what = kind === 'unknown' ? 'Nothing' : `No ${kind.replaceAll('-', ' ')}`;
  const long = longIdOf(id);
  const computed = long === undefined ? '' : ` Computed from its digits, the long id would be ${long}.`;
  return new ConfigError(`${what} that the credentials see has the short id ${id}.${computed}`, {
    advice:
      kind === 'connection-or-workspace' || kind === 'team'
        ? 'The API does not list short ids of connections and teams. Get the long one with "sigma-sync query \'select connection_id, name from connections\'".'
        : 'Copy the address from the browser again, and check that the owner of the credentials may see it.',
  });
}
