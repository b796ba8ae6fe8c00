/**
 * Objects that derived children name: tables, datasets, data models, files. Noted once, when the organization is
 * made, and kept although some are deleted later: a source or an edge must not change unless its workbook's version
 * does.
 */
import { tableName } from '../../store/names.ts';
import { oneOf, type Store } from '../../store/store.ts';
import { connectionsOf } from './connections.ts';
import { dataModelsOf, datasetsOf } from './data-documents.ts';
import { foldersOf } from './places.ts';
import { reportDocuments } from './report-table.ts';
import { versionTagsOf } from './version-tags.ts';
import { fileWorkbooks } from './workbook-table.ts';

const TABLES = 60;

/** Something that is named in a lineage. */
export interface Named {
  readonly id: string;
  readonly name: string;
}

/** A data model, which lineage names by its address. */
export interface NamedModel extends Named {
  readonly urlId: string;
}

export interface References {
  /** Made up: nothing but their connection and path is known of them. */
  tables: readonly Named[];
  readonly dataModels: readonly NamedModel[];
  readonly datasets: readonly Named[];
  /** Ids of the version tags. */
  readonly tags: readonly string[];
  /** Ids of the connections. */
  readonly connections: readonly string[];
  /** Ids of files that the owner of the credentials sees. */
  readonly files: readonly string[];
  /** Ids of reports that the owner of the credentials sees. */
  readonly reports: readonly string[];
}

/** Objects that were there at the first request. */
export const referencesOf = oneOf((store: Store): References => {
  const random = store.generator('tables');
  const named = ({ id, name }: Named): Named => ({ id, name });
  const idOf = ({ id }: { readonly id: string }): string => id;
  return {
    tables: Array.from({ length: TABLES }, (_, i) => ({ id: random.uuid(), name: tableName(random, i) })),
    dataModels: dataModelsOf(store)
      .list.toArray()
      .map(({ id, name, urlId }) => ({ id, name, urlId })),
    datasets: datasetsOf(store).list.toArray().map(named),
    tags: versionTagsOf(store).list.toArray().map(idOf),
    connections: connectionsOf(store).list.toArray().map(idOf),
    files: [...[...foldersOf(store).list].map(idOf), ...[...fileWorkbooks(store)].map(idOf)],
    reports: [...reportDocuments.files(store)].map(idOf),
  };
});
