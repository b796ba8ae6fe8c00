/** Listings of workbooks and reports. */
import { Refusal } from '../../http/answer.ts';
import { type Call, param } from '../../http/endpoint.ts';
import { type Listing, listing } from '../../http/listing.ts';
import type { Novelties } from '../../http/novelties.ts';
import { flag } from '../../http/query.ts';
import { type Entry, stamps } from '../../store/entry.ts';
import { addedInFront } from '../../store/ordered.ts';
import type { Store } from '../../store/store.ts';
import { PAGED_MORE, type Stream } from '../stream.ts';
import type { DocumentChanges } from './document-changes.ts';
import type { Document, DocumentFilter, DocumentTable } from './document-table.ts';
import { pathOf } from './places.ts';

/** The fields that both have alike. */
export function documentEntry(store: Store, document: Document, url: string): Entry {
  return {
    ...stamps(document),
    name: document.name,
    url,
    path: pathOf(store, document.parentId),
    latestVersion: document.version,
    ownerId: document.ownerId,
    isArchived: document.archived,
    ...(document.description !== undefined && { description: document.description }),
  };
}

/** The address of a document in the browser. */
export function documentUrl(kind: string, { name, urlId }: Document): string {
  return `https://app.sigmacomputing.com/example/${kind}/${name.replace(/[^A-Za-z0-9]+/g, '-')}-${urlId}`;
}

interface DocumentSpec {
  readonly path: string;
  readonly what: string;
  readonly table: DocumentTable;
  readonly render: (store: Store, document: Document) => Entry;
  readonly changes: DocumentChanges;
  readonly novelty?: keyof Novelties;
}

/** Endpoints and truth of the documents of a kind. */
export function documentStream(spec: DocumentSpec): Pick<Stream, 'endpoints' | 'truth'> {
  const { path, what, table, render, changes, novelty } = spec;
  const list = (call: Call): Listing => {
    const items = call.views.permitted(table.where(call.store, filterOf(call)));
    return listing(items, (document) => render(call.store, document));
  };
  const shift = (call: Call, remove: boolean): void => {
    const { store } = call;
    const filter = filterOf(call);
    const added = remove ? addedInFront(table.where(store, filter)) : undefined;
    if (added !== undefined) {
      changes.remove.run(store, { id: added.id });
      return;
    }
    const id = changes.add.run(store, { front: true });
    if (filter.archived) changes.archive.run(store, { id });
  };
  /** The owner of the credentials is an admin and can read every document by its id. */
  const get = (call: Call): Entry => {
    const document = table.of(call.store).get(param(call, table.parent.param));
    if (document === undefined) throw new Refusal(404, `${what} not found`);
    if (call.views.lost(document.id)) throw new Refusal(403, `no access to this ${what}`);
    return render(call.store, document);
  };
  const when = novelty === undefined ? {} : { novelty };
  return {
    endpoints: [
      { path, ...PAGED_MORE, ...when, list, shift },
      { path: `${path}/{${table.parent.param}}`, ...when, get },
    ],
    *truth(store) {
      for (const one of table.of(store).list) if (!one.exploration) yield render(store, one);
    },
  };
}

function filterOf({ query }: Call): DocumentFilter {
  return {
    archived: flag(query, 'isArchived'),
    everyones: flag(query, 'skipPermissionCheck'),
    tagged: !flag(query, 'excludeTags'),
    explorations: !flag(query, 'excludeExplorations'),
  };
}
