/** Workbooks or reports, with the lists that the API shows of them kept ready, so that a page is a slice. */
import type { Stamped } from '../../store/entry.ts';
import { Lists, type Ordered } from '../../store/ordered.ts';
import { oneOf, type Store, type Table, tableOf } from '../../store/store.ts';
import { documentParent, type Parent } from '../parents.ts';
import { grantsOf } from './grants.ts';

/** A tag on a document. Its name is the version tag's. */
export interface Tag {
  readonly versionTagId: string;
  readonly sourceVersion: number;
  /** The tagged version, which is a document of its own. */
  readonly taggedId: string;
  readonly taggedAt: number;
}

/** A workbook or a report. */
export interface Document extends Stamped {
  readonly urlId: string;
  name: string;
  /** A folder, a workspace or a member's home folder. */
  readonly parentId: string;
  readonly ownerId: string;
  readonly description: string | undefined;
  /** In someone else's My Documents: even an admin sees it only with skipPermissionCheck. */
  readonly hidden: boolean;
  /** Workbooks alone are explored. */
  readonly exploration: boolean;
  /** Id of the document this is a tagged version of. */
  readonly taggedFrom: string | undefined;
  tags: Tag[] | undefined;
  archived: boolean;
  version: number;
  /** Version the children were first generated for; later ones are replayed from it. */
  readonly baseVersion: number;
  readonly pages: number;
  readonly elements: number;
  /** Times of the versions after the base version. */
  published?: number[];
}

/** Filter for the documents of a listing. */
export interface DocumentFilter {
  readonly archived: boolean;
  /** `skipPermissionCheck` of an admin: also those in other people's My Documents. */
  readonly everyones: boolean;
  readonly tagged: boolean;
  readonly explorations: boolean;
}

/** Tagged versions and explorations are documents of the API but no files. */
export function isFile(document: Document): boolean {
  return !document.exploration && document.taggedFrom === undefined;
}

/** Neither archived nor a tagged version nor an exploration. */
export const isOrdinary = (document: Document): boolean => isFile(document) && !document.archived;
/** An ordinary one that the owner of the credentials sees. */
export const isSeen = (document: Document): boolean => isOrdinary(document) && !document.hidden;

/** The documents of a kind. */
export interface DocumentTable {
  readonly of: Table<Document>;
  readonly parent: Parent<Document>;
  /** Those that are files, by what they are in. */
  readonly inPlace: (store: Store) => Lists<Document>;
  readonly where: (store: Store, filter: DocumentFilter) => Ordered<Document>;
  /** Those `/v2/files` shows: what the token's owner can see, without tagged versions and explorations. */
  readonly files: (store: Store) => Ordered<Document>;
  readonly insert: (store: Store, document: Document) => void;
  readonly drop: (store: Store, document: Document) => void;
  /** Moves a document between the archived and the ordinary listings. */
  readonly markArchived: (store: Store, document: Document, archived: boolean) => void;
  /** Deletes a document with its tagged versions and grants, and the tag that made it. */
  readonly remove: (store: Store, document: Document) => void;
  /** Takes a tag off a document with the version it made. */
  readonly removeTagged: (store: Store, source: Document, taggedId: string) => void;
}

/** @param param name of the path parameter for their id. */
export function documentTable(param: string, what: string): DocumentTable {
  const of = tableOf<Document>();
  const lists = oneOf(() => new Lists<Document>());
  const inPlace = oneOf(() => new Lists<Document>());
  const every = documentParent(param, what, of);
  const parent: Parent<Document> = {
    ...every,
    *all(store) {
      for (const one of every.all(store)) if (!one.exploration) yield one;
    },
  };

  function insert(store: Store, document: Document): void {
    of(store).add(document);
    if (isFile(document)) inPlace(store).add(document.parentId, document);
    for (const key of keysOf(document)) lists(store).add(key, document);
  }
  function drop(store: Store, document: Document): void {
    for (const key of keysOf(document)) lists(store).delete(key, document);
    of(store).delete(document);
    inPlace(store).delete(document.parentId, document);
  }
  function markArchived(store: Store, document: Document, archived: boolean): void {
    for (const key of keysOf(document)) lists(store).delete(key, document);
    document.archived = archived;
    for (const key of keysOf(document)) lists(store).add(key, document);
  }
  function remove(store: Store, document: Document): void {
    const all = of(store);
    for (const { taggedId } of document.tags ?? []) {
      const copy = all.get(taggedId);
      if (copy !== undefined) remove(store, copy);
    }
    const source = document.taggedFrom === undefined ? undefined : all.get(document.taggedFrom);
    if (source !== undefined) untag(source, document.id);
    grantsOf(store).deleteOf(document.id);
    drop(store, document);
  }
  function removeTagged(store: Store, source: Document, taggedId: string): void {
    const copy = of(store).get(taggedId);
    if (copy !== undefined) remove(store, copy);
    else untag(source, taggedId);
  }
  const where = (store: Store, filter: DocumentFilter): Ordered<Document> => lists(store).of(keyOf(filter));
  const files = (store: Store): Ordered<Document> => lists(store).of('files');
  return { of, parent, inPlace, where, files, insert, drop, markArchived, remove, removeTagged };
}

function untag(source: Document, taggedId: string): void {
  const left = (source.tags ?? []).filter((tag) => tag.taggedId !== taggedId);
  source.tags = left.length === 0 ? undefined : left;
}

function keyOf(f: DocumentFilter): string {
  return `${f.archived ? 'a' : '-'}${f.everyones ? 'e' : '-'}${f.tagged ? 't' : '-'}${f.explorations ? 'x' : '-'}`;
}

/** Every listing the document belongs to. */
function keysOf(document: Document): string[] {
  const keys: string[] = [];
  const { archived } = document;
  const seenByOwner = !document.hidden && !document.exploration;
  for (const everyones of seenByOwner ? [true, false] : [true])
    for (const tagged of document.taggedFrom === undefined ? [true, false] : [true])
      for (const explorations of document.exploration ? [true] : [true, false])
        keys.push(keyOf({ archived, everyones, tagged, explorations }));
  if (seenByOwner && isFile(document)) keys.push('files');
  return keys;
}
