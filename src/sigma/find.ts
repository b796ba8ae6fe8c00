/** Finds one object of the organization by its long id, or by the short one that stands in addresses. */
import { EventBus } from '../core/events/bus.ts';
import type { SigmaClient } from './client.ts';
import { isLongId, longIdOf, parseSigmaId } from './ids.ts';
import { readListing } from './paging.ts';
import { segment } from './segment.ts';
import { means, statusOf } from './status.ts';

/** Kinds of objects that can be looked up. */
export type FindableKind =
  | 'workbook'
  | 'report'
  | 'data-model'
  | 'dataset'
  | 'template'
  | 'workspace'
  | 'connection'
  | 'team'
  | 'file';

/** An object, as far as its id and name go. */
export interface FoundObject {
  /** The type of a file: folder, workbook, … */
  readonly kind: string;
  /** The long one. */
  readonly id: string;
  readonly shortId: string | undefined;
  readonly name: string | undefined;
}

/** Settings of a search. */
export interface FindOptions {
  readonly events?: EventBus | undefined;
  /** Entries per page; default 1000, the most the API gives. */
  readonly pageSize?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Place {
  readonly path: string;
  readonly id: string;
  /** The field with the short id; where there is none, the address ends with it. */
  readonly urlId?: string;
  /** Listings to read one after the other, each with what to read where it is refused. */
  readonly listings?: readonly (readonly Query[])[];
}

type Query = Readonly<Record<string, string>>;

/**
 * The listings of teams, workspaces and connections lack the short id. The listing of files has it, workspaces
 * included.
 */
const PLACES: Readonly<Record<FindableKind, Place>> = {
  workbook: {
    path: '/v2/workbooks',
    id: 'workbookId',
    urlId: 'workbookUrlId',
    listings: [
      [{ skipPermissionCheck: 'true' }, {}],
      [{ skipPermissionCheck: 'true', isArchived: 'true' }, { isArchived: 'true' }],
    ],
  },
  report: {
    path: '/v2/reports',
    id: 'reportId',
    urlId: 'reportUrlId',
    listings: [
      [{ skipPermissionCheck: 'true' }, {}],
      [{ skipPermissionCheck: 'true', isArchived: 'true' }, { isArchived: 'true' }],
    ],
  },
  'data-model': {
    path: '/v2/dataModels',
    id: 'dataModelId',
    urlId: 'dataModelUrlId',
    listings: [[{ skipPermissionCheck: 'true' }, {}]],
  },
  dataset: { path: '/v2/datasets', id: 'datasetId', listings: [[{ skipPermissionCheck: 'true' }, {}]] },
  template: { path: '/v2/templates', id: 'templateId', urlId: 'templateUrlId' },
  workspace: { path: '/v2/workspaces', id: 'workspaceId' },
  connection: { path: '/v2/connections', id: 'connectionId' },
  team: { path: '/v2/teams', id: 'teamId' },
  file: {
    path: '/v2/files',
    id: 'id',
    urlId: 'urlId',
    // Without a filter the listing has only workbooks, folders and datasets. [spec]
    listings: [[{}], [{ typeFilters: 'workspace' }]],
  },
};

/** A refused object is not there for us. Waiting would not change that, and another way may. */
const NO_PATIENCE = { 500: { maxAttempts: 1 } };

/**
 * Asks for the object itself: a long id is enough for that, and of a workspace the short one, too [guide]. Undefined
 * where the API refuses.
 *
 * @throws errors of `client.get` that are not about the object: credentials, network, too many requests.
 */
export async function getObject(
  client: SigmaClient,
  kind: FindableKind,
  id: string,
  { signal }: FindOptions = {},
): Promise<FoundObject | undefined> {
  const place = PLACES[kind];
  const path = `${place.path}/${segment(id)}`;
  const body = await unlessRefused(
    async () => (await client.get(path, { signal, patience: NO_PATIENCE })).body,
  );
  return described(kind, body);
}

/** Reads the listings until an entry has the short id; undefined where none does. @throws what `readListing` throws. */
export async function findByShortId(
  client: SigmaClient,
  kind: FindableKind,
  shortId: string,
  options: FindOptions = {},
): Promise<FoundObject | undefined> {
  for (const alternatives of PLACES[kind].listings ?? [[{}]]) {
    for (const query of alternatives) {
      const outcome = await unlessRefused(async () => ({
        found: await search(client, kind, shortId, query, options),
      }));
      if (outcome?.found !== undefined) return outcome.found;
      if (outcome !== undefined) break;
    }
  }
  return undefined;
}

async function search(
  client: SigmaClient,
  kind: FindableKind,
  shortId: string,
  query: Query,
  { events = new EventBus(), pageSize = 1000, signal }: FindOptions,
): Promise<FoundObject | undefined> {
  const { path } = PLACES[kind];
  const listing = { path, paging: 'page', query, stream: 'ids', partition: kind, signal } as const;
  for await (const { entries } of readListing(client, listing, { pageSize, events })) {
    for (const entry of entries) {
      const one = described(kind, entry);
      if (one?.shortId === shortId) return one;
    }
  }
  return undefined;
}

/**
 * Asks for the object by the long id that a short one stands for by its digits. The answer says whether that is so;
 * undefined where it is not, and for an id that is no short one.
 *
 * @throws the errors of `getObject`.
 */
export async function getByDigits(
  client: SigmaClient,
  kind: FindableKind,
  shortId: string,
  options: FindOptions = {},
): Promise<FoundObject | undefined> {
  const id = longIdOf(shortId);
  const found = id === undefined ? undefined : await getObject(client, kind, id, options);
  if (found === undefined || (found.shortId ?? shortId) !== shortId) return undefined;
  return { ...found, shortId };
}

/** By the object itself, else by the listing. */
export async function findObject(
  client: SigmaClient,
  kind: FindableKind,
  id: string,
  options: FindOptions = {},
): Promise<FoundObject | undefined> {
  const direct =
    (await getByDigits(client, kind, id, options)) ?? (await getObject(client, kind, id, options));
  return direct ?? (isLongId(id) ? undefined : findByShortId(client, kind, id, options));
}

function described(kind: FindableKind, entry: unknown): FoundObject | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined;
  const place = PLACES[kind];
  const field = (name: string | undefined): string | undefined => {
    const value: unknown = name === undefined ? undefined : Reflect.get(entry, name);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const id = field(place.id);
  if (id === undefined) return undefined;
  return {
    kind: kind === 'file' ? (field('type') ?? kind) : kind,
    id,
    shortId: field(place.urlId) ?? shortIdOf(field('url')),
    name: field('name'),
  };
}

function shortIdOf(url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  try {
    const { id, form } = parseSigmaId(url);
    return form === 'short' ? id : undefined;
  } catch {
    return undefined;
  }
}

async function unlessRefused<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (means(statusOf(error), 'no way')) return undefined;
    throw error;
  }
}
