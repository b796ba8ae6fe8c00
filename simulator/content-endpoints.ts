/** Workspaces, files, workbooks and what is in them. */

import type { Entry } from './entities.ts';
import { fileEntry, workbookEntry, workspaceEntry } from './entries.ts';
import { Refusal } from './http/answer.ts';
import { type Call, type Endpoint, param } from './http/endpoint.ts';
import { entriesListing, type Listing, listing } from './http/listing.ts';
import { flag, refuseUnknown } from './http/query.ts';
import { addedInFront } from './shift.ts';
import type { WorkbookFilter } from './store/store.ts';
import { listFiles } from './streams/content/files.ts';
import type { PageContent } from './streams/shared/contents.ts';
import { readableWorkbookOf, workbookOf, workspaceOf } from './streams/shared/parents.ts';

const workspaces = { list: listWorkspaces, shift: shiftWorkspaces };

export const contentEndpoints: readonly Endpoint[] = [
  { path: '/v2/workspaces', tokens: 'offset', bare: 'array', total: false, ...workspaces },
  { path: '/v2.1/workspaces', tokens: 'offset', hasMore: true, ...workspaces },
  { path: '/v2/workspaces/{workspaceId}', get: (call) => workspaceEntry(workspaceOf(call)) },
  { path: '/v2/files', tokens: 'escaped', hasMore: true, list: listFiles, shift: shiftWorkspaces },
  { path: '/v2/files/{inodeId}', get: getFile },
  { path: '/v2/workbooks', tokens: 'offset', hasMore: true, list: listWorkbooks, shift: shiftWorkbooks },
  {
    path: '/v2/workbooks/{workbookId}',
    get: (call) => workbookEntry(call.organization, workbookOf(call)),
  },
  { path: '/v2/workbooks/{workbookId}/pages', tokens: 'offset', list: listPages },
  { path: '/v2/workbooks/{workbookId}/pages/{pageId}/elements', tokens: 'opaque', list: listElements },
  {
    path: '/v2/workbooks/{workbookId}/elements',
    novelty: 'elements',
    tokens: 'opaque',
    list: listAllElements,
  },
];

function listWorkspaces({ organization, views, query }: Call): Listing {
  const name = query.get('name');
  const { list } = organization.workspaces;
  const items = name === null ? list : views.filtered(list, `name ${name}`, (w) => w.name === name);
  return listing(items, workspaceEntry);
}

/** Workspaces come first among the files, so this shifts both listings. */
function shiftWorkspaces({ organization }: Call, remove: boolean): void {
  const added = remove ? addedInFront(organization.workspaces.list) : undefined;
  if (added !== undefined && organization.childFiles(added.id).length === 0)
    organization.deleteWorkspace(added.id);
  else organization.addWorkspace(undefined, { front: true });
}

function getFile(call: Call): Entry {
  const { organization: o, views } = call;
  const id = param(call, 'inodeId');
  const file = o.fileOf(id);
  if (file === undefined) throw new Refusal(404, 'file not found');
  // Files are what the owner of the credentials sees: there is no skipPermissionCheck here.
  if (('hidden' in file && file.hidden) || views.lost(id)) throw new Refusal(403, 'no access to this file');
  return fileEntry(o, file);
}

function workbookFilter(query: URLSearchParams): WorkbookFilter {
  return {
    archived: flag(query, 'isArchived'),
    everyones: flag(query, 'skipPermissionCheck'),
    tagged: !flag(query, 'excludeTags'),
    explorations: !flag(query, 'excludeExplorations'),
  };
}

function listWorkbooks({ organization, views, query }: Call): Listing {
  const items = views.permitted(organization.workbooksWhere(workbookFilter(query)));
  return listing(items, (workbook) => workbookEntry(organization, workbook));
}

function shiftWorkbooks({ organization, query }: Call, remove: boolean): void {
  const filter = workbookFilter(query);
  const added = remove ? addedInFront(organization.workbooksWhere(filter)) : undefined;
  if (added !== undefined) {
    organization.deleteWorkbook(added.id);
    return;
  }
  const id = organization.addWorkbook(undefined, { front: true });
  if (filter.archived) organization.archiveWorkbook(id);
}

function contentOf(call: Call): readonly PageContent[] {
  refuseUnknown(call.query, 'tag', 'bookmarkId');
  return call.organization.contentOf(readableWorkbookOf(call));
}

function listPages(call: Call): Listing {
  return listing(contentOf(call), ({ page }) => page);
}

function listElements(call: Call): Listing {
  const pageId = param(call, 'pageId');
  const content = contentOf(call).find(({ page }) => page.pageId === pageId);
  if (content === undefined) throw new Refusal(404, 'page not found');
  return entriesListing(content.elements);
}

function listAllElements(call: Call): Listing {
  const all = contentOf(call).flatMap(({ page, elements }) =>
    elements.map((element) => (call.novelties.pageId ? { ...element, pageId: page.pageId } : element)),
  );
  return entriesListing(all);
}
