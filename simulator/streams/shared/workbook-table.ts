/** The workbooks there are, with the lists that the API shows of them kept ready, so that a page is a slice. */
import type { Stamped } from '../../store/entry.ts';
import { Lists, type Ordered } from '../../store/ordered.ts';
import { oneOf, type Store, tableOf } from '../../store/store.ts';
import { grantsOf } from './grants.ts';
import { documentParent, type Parent } from '../parents.ts';

/** A tag on a workbook. Its name is the version tag's. */
export interface Tag {
  readonly versionTagId: string;
  readonly sourceWorkbookVersion: number;
  readonly taggedWorkbookId: string;
  readonly taggedAt: number;
}

export interface Workbook extends Stamped {
  readonly urlId: string;
  name: string;
  /** A folder, a workspace or a member's home folder. */
  readonly parentId: string;
  readonly ownerId: string;
  readonly description: string | undefined;
  /** In someone else's My Documents: even an admin sees it only with skipPermissionCheck. */
  readonly hidden: boolean;
  readonly exploration: boolean;
  /** Id of the workbook this is a tagged version of. */
  readonly taggedFrom: string | undefined;
  tags: Tag[] | undefined;
  archived: boolean;
  version: number;
  /** Version the children were first generated for; later ones are replayed from it. */
  readonly baseVersion: number;
  readonly pages: number;
  readonly elements: number;
  /** When the versions after the base version were published. */
  published?: number[];
}

/** Which workbooks a listing shows. */
export interface WorkbookFilter {
  readonly archived: boolean;
  /** `skipPermissionCheck` of an admin: also those in other people's My Documents. */
  readonly everyones: boolean;
  readonly tagged: boolean;
  readonly explorations: boolean;
}

/** Tagged versions and explorations are workbooks of the API but no files. */
export function isFile(workbook: Workbook): boolean {
  return !workbook.exploration && workbook.taggedFrom === undefined;
}

/** Neither archived nor a tagged version nor an exploration. */
export const isOrdinary = (workbook: Workbook): boolean => isFile(workbook) && !workbook.archived;
/** An ordinary one that the owner of the credentials sees. */
export const isSeen = (workbook: Workbook): boolean => isOrdinary(workbook) && !workbook.hidden;

export const workbooksOf = tableOf<Workbook>();
const listsOf = oneOf(() => new Lists<Workbook>());
/** Workbooks that are files, by what they are in. */
export const workbooksIn = oneOf(() => new Lists<Workbook>());

const everyWorkbook = documentParent('workbookId', 'workbook', workbooksOf);
export const workbookParent: Parent<Workbook> = {
  ...everyWorkbook,
  *all(store) {
    for (const one of everyWorkbook.all(store)) if (!one.exploration) yield one;
  },
};

export function workbooksWhere(store: Store, filter: WorkbookFilter): Ordered<Workbook> {
  return listsOf(store).of(keyOf(filter));
}

/** Workbooks `/v2/files` shows: what the token's owner can see, without tagged versions and explorations. */
export function fileWorkbooks(store: Store): Ordered<Workbook> {
  return listsOf(store).of('files');
}

export function insertWorkbook(store: Store, workbook: Workbook): void {
  workbooksOf(store).add(workbook);
  if (isFile(workbook)) workbooksIn(store).add(workbook.parentId, workbook);
  for (const key of keysOf(workbook)) listsOf(store).add(key, workbook);
}

export function dropWorkbook(store: Store, workbook: Workbook): void {
  for (const key of keysOf(workbook)) listsOf(store).delete(key, workbook);
  workbooksOf(store).delete(workbook);
  workbooksIn(store).delete(workbook.parentId, workbook);
}

/** Moves a workbook between the archived and the ordinary listings. */
export function markArchived(store: Store, workbook: Workbook, archived: boolean): void {
  for (const key of keysOf(workbook)) listsOf(store).delete(key, workbook);
  workbook.archived = archived;
  for (const key of keysOf(workbook)) listsOf(store).add(key, workbook);
}

/** Deletes a workbook with its tagged versions and grants, and the tag that made it. */
export function removeWorkbook(store: Store, workbook: Workbook): void {
  const all = workbooksOf(store);
  for (const { taggedWorkbookId } of workbook.tags ?? []) {
    const copy = all.get(taggedWorkbookId);
    if (copy !== undefined) removeWorkbook(store, copy);
  }
  const source = workbook.taggedFrom === undefined ? undefined : all.get(workbook.taggedFrom);
  if (source !== undefined) untag(source, workbook.id);
  grantsOf(store).deleteOf(workbook.id);
  dropWorkbook(store, workbook);
}

/** Takes a tag off a workbook with the version it made. */
export function removeTagged(store: Store, source: Workbook, taggedWorkbookId: string): void {
  const copy = workbooksOf(store).get(taggedWorkbookId);
  if (copy !== undefined) removeWorkbook(store, copy);
  else untag(source, taggedWorkbookId);
}

function untag(source: Workbook, taggedWorkbookId: string): void {
  const left = (source.tags ?? []).filter((tag) => tag.taggedWorkbookId !== taggedWorkbookId);
  source.tags = left.length === 0 ? undefined : left;
}

function keyOf(f: WorkbookFilter): string {
  return `${f.archived ? 'a' : '-'}${f.everyones ? 'e' : '-'}${f.tagged ? 't' : '-'}${f.explorations ? 'x' : '-'}`;
}

/** Every listing the workbook belongs to. */
function keysOf(workbook: Workbook): string[] {
  const keys: string[] = [];
  const { archived } = workbook;
  const seenByOwner = !workbook.hidden && !workbook.exploration;
  for (const everyones of seenByOwner ? [true, false] : [true])
    for (const tagged of workbook.taggedFrom === undefined ? [true, false] : [true])
      for (const explorations of workbook.exploration ? [true] : [true, false])
        keys.push(keyOf({ archived, everyones, tagged, explorations }));
  if (seenByOwner && isFile(workbook)) keys.push('files');
  return keys;
}
