/** Workspaces, files, workbooks and what is in them. */
import { Refusal } from './answer.ts';
import { childrenOf, type PageContent } from './children.ts';
import { type Call, type Endpoint, param } from './endpoint.ts';
import type { Entry, Folder, Workbook, Workspace } from './entities.ts';
import { fileEntry, workbookEntry, workspaceEntry } from './entries.ts';
import { listFiles } from './files-listing.ts';
import { type Listing, listing } from './listing.ts';
import { flag, refuseUnknown } from './query.ts';
import { addedInFront } from './shift.ts';
import { isFile, type WorkbookFilter } from './store.ts';

/** Endpoints newer than the specification of November 2025, which some organizations do not have yet. */
export interface Novelties {
  /** `/v2/workbooks/{id}/elements`. */
  readonly elements: boolean;
  /** Its entries name their page. */
  readonly pageId: boolean;
}

const workspaces = { list: listWorkspaces, shift: shiftWorkspaces };

export function contentEndpoints(novelties: Novelties): readonly Endpoint[] {
  const elements: Endpoint = {
    path: '/v2/workbooks/{workbookId}/elements',
    tokens: 'opaque',
    list: (call) => listAllElements(call, novelties.pageId),
  };
  return [
    { path: '/v2/workspaces', tokens: 'offset', bare: true, total: false, ...workspaces },
    { path: '/v2.1/workspaces', tokens: 'offset', hasMore: true, ...workspaces },
    { path: '/v2/workspaces/{workspaceId}', get: getWorkspace },
    { path: '/v2/files', tokens: 'escaped', hasMore: true, list: listFiles, shift: shiftWorkspaces },
    { path: '/v2/files/{inodeId}', get: getFile },
    { path: '/v2/workbooks', tokens: 'offset', hasMore: true, list: listWorkbooks, shift: shiftWorkbooks },
    {
      path: '/v2/workbooks/{workbookId}',
      get: (call) => workbookEntry(call.organization, workbookOf(call)),
    },
    { path: '/v2/workbooks/{workbookId}/pages', tokens: 'offset', list: listPages },
    { path: '/v2/workbooks/{workbookId}/pages/{pageId}/elements', tokens: 'opaque', list: listElements },
    ...(novelties.elements ? [elements] : []),
  ];
}

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

function getWorkspace(call: Call): Entry {
  const workspace = call.organization.workspaces.get(param(call, 'workspaceId'));
  if (workspace === undefined) throw new Refusal(404, 'workspace not found');
  return workspaceEntry(workspace);
}

function getFile(call: Call): Entry {
  const { organization: o, views } = call;
  const id = param(call, 'inodeId');
  const file: Workspace | Folder | Workbook | undefined =
    o.workspaces.get(id) ?? o.folders.get(id) ?? o.workbooks.get(id);
  const workbook = o.workbooks.get(id);
  if (file === undefined || (workbook !== undefined && !isFile(workbook)))
    throw new Refusal(404, 'file not found');
  // Files are what the owner of the credentials sees: there is no skipPermissionCheck here.
  if (workbook?.hidden === true || views.lost(id)) throw new Refusal(403, 'no access to this file');
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

/** The owner of the credentials is an admin and can read every workbook by its id. */
function workbookOf(call: Call): Workbook {
  const id = param(call, 'workbookId');
  const workbook = call.organization.workbooks.get(id);
  if (workbook === undefined) throw new Refusal(404, 'workbook not found');
  if (call.views.lost(id)) throw new Refusal(403, 'no access to this workbook');
  return workbook;
}

function contentOf(call: Call): readonly PageContent[] {
  refuseUnknown(call.query, 'tag', 'bookmarkId');
  const workbook = workbookOf(call);
  if (workbook.archived) throw new Refusal(400, 'the workbook is archived');
  return childrenOf(call.organization.seed, workbook);
}

function listPages(call: Call): Listing {
  return listing(contentOf(call), ({ page }) => page);
}

function listElements(call: Call): Listing {
  const pageId = param(call, 'pageId');
  const content = contentOf(call).find(({ page }) => page.pageId === pageId);
  if (content === undefined) throw new Refusal(404, 'page not found');
  return listing(content.elements, (element) => element);
}

function listAllElements(call: Call, pageId: boolean): Listing {
  const all = contentOf(call).flatMap(({ page, elements }) =>
    elements.map((element) => (pageId ? { ...element, pageId: page.pageId } : element)),
  );
  return listing(all, (element) => element);
}
