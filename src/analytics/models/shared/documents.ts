/** The kinds of documents, which streams describe alike. */

/** A kind of document: it holds elements and takes data from a source. */
export interface DocumentKind {
  /** As `files.type` and lineage call it. */
  readonly type: 'workbook' | 'report' | 'data-model';
  /** Stream of the documents. */
  readonly rows: string;
  /** The prefix of the streams of its contents. */
  readonly prefix: string;
  /** Column of all of these with the document's id. */
  readonly id: string;
  /** The object that a row `s` of the sources names, if it has an id; uploads and future types may have no column of their own. */
  readonly source: string;
  /** The key of a column `c` within its document. */
  readonly column: string;
  /** True if the API gives the SQL of elements. */
  readonly hasQueries: boolean;
}

const OF_PAGES = { source: 'coalesce(s.inode_id, s.source_data_model_id)', hasQueries: true } as const;

/** All of them. */
export const DOCUMENTS: readonly DocumentKind[] = [
  {
    ...{ type: 'workbook', rows: 'workbooks', prefix: 'workbook', id: 'workbook_id', ...OF_PAGES },
    column: `c.element_id || '/' || c.column_id`,
  },
  {
    ...{ type: 'report', rows: 'reports', prefix: 'report', id: 'report_id', ...OF_PAGES },
    column: 'c.column_key',
  },
  {
    ...{ type: 'data-model', rows: 'data_models', prefix: 'data_model', id: 'data_model_id' },
    source: `coalesce(s.source_table_id, s.source_dataset_id, s.source_data_model_id, s._raw ->> 'inodeId')`,
    column: 'c.column_key',
    hasQueries: false,
  },
];

/** The same SELECT for each kind, or for some of them, one after the other. */
export const eachDocument = (make: (kind: DocumentKind) => string, kinds = DOCUMENTS): string =>
  kinds.map(make).join('\n  union all\n  ');

/** Streams of the documents and of what they hold. */
export const streamsOf = (...children: readonly string[]): string[] =>
  DOCUMENTS.flatMap(({ rows, prefix }) => [rows, ...children.map((child) => `${prefix}_${child}`)]);
