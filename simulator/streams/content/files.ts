/** `/v2/files` and its filters. */

import type { Entry, Folder, Workbook, Workspace } from '../../entities.ts';
import { fileEntry } from '../../entries.ts';
import type { Call } from '../../http/endpoint.ts';
import { type Listing, listing } from '../../http/listing.ts';
import { choices, flag } from '../../http/query.ts';
import { concatenated, type Sliceable } from '../../store/ordered.ts';

const TYPES = [
  ...(['workspace', 'folder', 'workbook', 'dataset', 'sql', 'worksheet', 'dashboard', 'template'] as const),
  ...(['table', 'symlink'] as const),
];
const PERMISSIONS = ['view', 'explore', 'organize', 'edit'] as const;

/** Workspaces, then folders, then workbooks. */
export function listFiles({ organization, views, query }: Call): Listing {
  const types = choices(query, 'typeFilters', TYPES);
  const [permission] = choices(query, 'permissionFilter', PERMISSIONS);
  const directOnly = flag(query, 'directChildFilter');
  const name = query.get('name');
  const parentId = query.get('parentId');
  const shown = (type: (typeof TYPES)[number]): boolean => types.length === 0 || types.includes(type);
  const all: Sliceable<Workspace | Folder | Workbook> = concatenated([
    ...(shown('workspace') ? [views.permitted(organization.workspaces.list)] : []),
    ...(shown('folder') ? [views.permitted(organization.folders.list)] : []),
    ...(shown('workbook') ? [views.permitted(organization.fileWorkbooks)] : []),
  ]);
  const render = (file: Workspace | Folder | Workbook): Entry => fileEntry(organization, file);
  if (name === null && parentId === null && permission === undefined) return listing(all, render);
  const isIn = (file: Entry): boolean => {
    if (parentId === null || file['parentId'] === parentId) return true;
    let above: string | undefined = directOnly ? undefined : String(file['parentId']);
    while (above !== undefined && above !== parentId) above = organization.parentOf(above);
    return above !== undefined;
  };
  const found = all
    .slice(0, all.length)
    .map(render)
    .filter((file) => name === null || file['name'] === name)
    .filter((file) => permission === undefined || file['permission'] === permission)
    .filter(isIn);
  return listing(found, (file) => file);
}
