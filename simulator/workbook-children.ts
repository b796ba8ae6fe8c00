/**
 * The listings of what a workbook has, but its pages and elements. A listing more is an entry of `WORKBOOK_CHILDREN`;
 * its endpoints, its truth and its place among the streams follow from it.
 */

import type { Entry, Workbook } from './entities.ts';
import { iso, workbookTags } from './entries.ts';
import { Refusal } from './http/answer.ts';
import { type Call, param } from './http/endpoint.ts';
import { entriesListing, type Listing } from './http/listing.ts';
import { bookmarkName } from './store/names.ts';
import { Random } from './store/random.ts';
import type { Store } from './store/store.ts';
import { allEdges, lineageOf } from './streams/content/workbook-lineage.ts';
import { allColumns, columnsOf, controls, newerColumn, queries } from './streams/shared/columns.ts';
import { rootOf } from './streams/shared/contents.ts';
import { readableWorkbookOf, workbooks } from './streams/shared/parents.ts';
import { thingsOf } from './streams/shared/revisions.ts';
import { materializationSchedules, schedules } from './streams/shared/schedules.ts';
import { sourceKey, sourcesOf, WORKBOOK_SOURCES } from './streams/shared/sources.ts';
import { ARRAY, childrenIn, PAGED, PAGED_MORE, type Path, type SimulatedStream } from './streams/stream.ts';

const HOUR = 3_600_000;
const OF = '/v2/workbooks/{workbookId}';
const ofWorkbook = childrenIn(workbooks);
const OPAQUE = { tokens: 'opaque' } as const;

/** A listing whose entries are made on demand. */
function made(
  paths: readonly Path[],
  entries: (store: Store, workbook: Workbook) => Entry[],
): SimulatedStream {
  return ofWorkbook({ paths, list: (store, workbook) => entriesListing(entries(store, workbook)) });
}

export const WORKBOOK_CHILDREN = {
  workbook_columns: {
    endpoints: [
      { path: `${OF}/columns`, novelty: 'columns', ...OPAQUE, list: listColumns },
      { path: `${OF}/elements/{elementId}/columns`, ...PAGED, list: listElementColumns },
    ],
    *truth(organization) {
      for (const workbook of workbooks.all(organization))
        for (const column of allColumns(organization, workbook)) yield { workbookId: workbook.id, ...column };
    },
  },
  workbook_controls: made([{ path: `${OF}/controls`, ...PAGED }], controls),
  workbook_queries: made([{ path: `${OF}/queries`, ...OPAQUE }], queries),
  workbook_lineage: {
    endpoints: [{ path: `${OF}/lineage/elements/{elementId}`, get: getLineage }],
    *truth(organization) {
      for (const workbook of workbooks.all(organization))
        for (const edge of allEdges(organization, workbook)) yield { workbookId: workbook.id, ...edge };
    },
  },
  workbook_sources: ofWorkbook({
    paths: [{ path: `${OF}/sources`, ...ARRAY }],
    list: (store, workbook) =>
      entriesListing(
        store.added.sources(rootOf(workbook)) ??
          sourcesOf(store, rootOf(workbook), workbook.version, WORKBOOK_SOURCES),
      ),
    derive: (source) => ({ sourceKey: sourceKey(source) }),
  }),
  workbook_schedules: made(
    [
      { path: '/v2.1/workbooks/{workbookId}/schedules', ...PAGED_MORE },
      { path: `${OF}/schedules`, ...PAGED, bare: 'array', total: false },
    ],
    schedules,
  ),
  workbook_materialization_schedules: made(
    [
      { path: '/v2.1/workbooks/{workbookId}/materialization-schedules', ...PAGED_MORE },
      { path: `${OF}/materialization-schedules`, ...PAGED, bare: 'entries', total: false },
    ],
    (store, workbook) =>
      materializationSchedules(store, 'workbook_materialization_schedules', workbook, {
        share: 0.2,
        most: 2,
      }),
  ),
  workbook_tags: made([{ path: `${OF}/tags`, ...PAGED }], workbookTags),
  workbook_bookmarks: made([{ path: `${OF}/bookmarks`, ...PAGED }], bookmarks),
  workbook_embeds: made([{ path: `${OF}/embeds`, ...PAGED_MORE }], embeds),
  workbook_versions: made([{ path: `${OF}/version-history`, ...PAGED }], versions),
} satisfies Record<string, SimulatedStream>;

function listColumns(call: Call): Listing {
  const columns = allColumns(call.organization, readableWorkbookOf(call)).map(newerColumn);
  if (call.novelties.elementId) return entriesListing(columns);
  return entriesListing(columns.map(({ elementId: _, ...column }) => column));
}

function listElementColumns(call: Call): Listing {
  const elementId = param(call, 'elementId');
  const content = call.organization.contentOf(readableWorkbookOf(call));
  const element = content.flatMap(({ elements }) => elements).find((one) => one.elementId === elementId);
  if (element === undefined) throw new Refusal(404, 'element not found');
  return entriesListing(columnsOf(call.organization, element).map(({ elementId: _, ...column }) => column));
}

function getLineage(call: Call): Entry {
  return { ...lineageOf(call.organization, readableWorkbookOf(call), param(call, 'elementId')) };
}

function bookmarks(store: Store, { id }: Workbook): Entry[] {
  const kind = 'workbook_bookmarks';
  return thingsOf(store, kind, id, { share: 0.3, most: 3 }).map(({ number, revision }) => {
    const identity = new Random(store.seed, kind, id, number);
    const random = new Random(store.seed, kind, id, number, revision);
    return {
      bookmarkId: identity.uuid(),
      name: bookmarkName(random, revision),
      isShared: random.next() < 0.5,
      exploreKey: identity.uuid(),
      ...(random.next() < 0.4 && { isDefault: number === 0 }),
    };
  });
}

function embeds(store: Store, workbook: Workbook): Entry[] {
  const kind = 'workbook_embeds';
  const content = store.contentOf(workbook);
  return thingsOf(store, kind, workbook.id, { share: 0.15, most: 2 }).map(({ number, revision }) => {
    const embedId = new Random(store.seed, kind, workbook.id, number).uuid();
    const random = new Random(store.seed, kind, workbook.id, number, revision);
    const isOfPage = random.next() < 0.5;
    // The first page stays as it is whatever version is published.
    const page = content[0]?.page;
    return {
      embedId,
      embedUrl: `https://app.sigmacomputing.com/embed/1-${embedId.slice(0, 8)}?v=${revision}`,
      public: random.next() < 0.3,
      sourceType: isOfPage ? 'page' : 'workbook',
      sourceId: isOfPage ? (page?.pageId ?? null) : null,
      sourceName: isOfPage ? (page?.['name'] ?? null) : null,
    };
  });
}

/** Every version from the first one, the latest first. The times of those published later are known. */
function versions(store: Store, workbook: Workbook): Entry[] {
  return Array.from({ length: workbook.version }, (_, i) => {
    const version = workbook.version - i;
    const published = workbook.published?.[version - workbook.baseVersion - 1];
    const tags = (workbook.tags ?? []).filter((tag) => tag.sourceWorkbookVersion === version);
    return {
      version,
      publishedAt: iso(published ?? workbook.createdAt + (version - 1) * 5 * HOUR),
      publishedBy: published === undefined ? workbook.ownerId : store.owner.id,
      ...(tags.length > 0 && {
        tags: tags.map(({ versionTagId, taggedAt }) => ({
          versionTagId,
          taggedAt: iso(taggedAt),
          taggedBy: workbook.ownerId,
        })),
      }),
    };
  });
}
