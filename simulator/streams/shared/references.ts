/**
 * What derived children name: tables, datasets, data models, files. Filled once, when the organization is made, and
 * kept although some of it is deleted later: a source or an edge must not change unless its workbook's version does.
 */

/** Something that is named in a lineage. */
export interface Named {
  readonly id: string;
  readonly name: string;
}

export class References {
  tables: readonly Named[] = [];
  dataModels: readonly Named[] = [];
  datasets: readonly Named[] = [];
  /** Ids of the version tags. */
  tags: readonly string[] = [];
  /** Ids of files that the owner of the credentials sees. */
  files: readonly string[] = [];
}
