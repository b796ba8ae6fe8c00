/**
 * The declaration of a stream. Its table, validation, catalogue entry, planning and loading follow from it. To add a
 * stream, add one file under `streams/` and one migration.
 */
import type { PagingShape } from '../sigma/paging.ts';

/**
 * Column types a field can have. `number` is a JSON number as it is (`double precision`); `timestamp` is an ISO 8601
 * instant with a zone (`timestamptz`).
 */
export type FieldType = 'text' | 'integer' | 'number' | 'boolean' | 'timestamp' | 'json';

/** SQL type of a field's column. */
export const SQL_TYPES: Readonly<Record<FieldType, string>> = {
  text: 'text',
  integer: 'integer',
  number: 'double precision',
  boolean: 'boolean',
  timestamp: 'timestamptz',
  json: 'jsonb',
};

/** Kinds of personal or sensitive data. `check` reports which are kept; privacy settings can hide them. */
export type Sensitivity = 'name' | 'email' | 'image' | 'sql' | 'network' | 'content';

/** The part of a text that is worth keeping as a hash where the text is hidden: the domain of an address. */
export interface Left {
  /** The field that has the text. */
  readonly of: string;
  readonly part: (text: string) => string | undefined;
}

/** One field of an entry, named as the API names it. */
export interface Field {
  readonly type: FieldType;
  readonly description: string;
  /** Column name where it is not the snake_case of the field's name. */
  readonly column?: string;
  /**
   * Computes the value where the API has no such field: the key of entries that carry no id of their own. `params` are
   * the values of the partition.
   */
  readonly derive?: (
    entry: Readonly<Record<string, unknown>>,
    params: Readonly<Record<string, string>>,
  ) => unknown;
  readonly sensitive?: Sensitivity;
  /** The field that a hash leaves behind, where privacy settings hash another field. The API has no such field. */
  readonly left?: Left;
  /** The value is the id of an object of another stream, and comes in either form. */
  readonly refers?: { readonly urlField: string; readonly param?: string };
}

/** The columns by which an object is known: its long id and, where the API tells it, its short one. */
export interface ObjectIds {
  readonly id: string;
  readonly urlId?: string;
}

/** A reference from rows to an object that is a row of another stream. */
export interface ObjectReference {
  /** Field of the entry, which holds the one id or the other. */
  readonly field: string;
  /** Column of the long id; of the short one while nobody knows the object. */
  readonly id: string;
  /** Column of the short id; null while nobody knows it. */
  readonly urlId: string;
  /** True where a parameter of the partition names the object, too: no row is about an unknown one. */
  readonly isPartition: boolean;
}

/**
 * Meaning of a refusal by a single endpoint, if it is no failure. `nothing`: there are no entries. `hidden`: the
 * credentials may not read them; stored rows stay. `doubtful`: either there are none or the API is in trouble; stored
 * rows stay, and later runs ask again.
 */
export type RefusalMeaning = 'nothing' | 'hidden' | 'doubtful';

/** A listing endpoint. `{name}` in the path or in a query value is filled from the unit's parameters. */
export interface Endpoint {
  readonly path: string;
  readonly paging: PagingShape;
  readonly query?: Readonly<Record<string, string>>;
  /** Largest page the endpoint takes, where that is less than the configured one. */
  readonly limit?: number;
  /** Takes the entries out of a single object that is none itself: the edges of a lineage. */
  readonly entries?: (body: Readonly<Record<string, unknown>>) => readonly unknown[];
  /**
   * Makes several entries of one, or none: the edges to a node of a lineage. Its second argument names the partition.
   */
  readonly expand?: (entry: unknown, partition: string) => readonly unknown[];
  /** Statuses that are answers here and no failures. */
  readonly refusals?: Readonly<Record<number, RefusalMeaning>>;
}

/** A source of a stream's entries. */
export interface Source {
  /** Short name for logs and the catalogue. */
  readonly name: string;
  /** Listings read one after the other; their union is the stream (or the partition). None where `inParent` has them. */
  readonly listings: readonly Endpoint[];
  /**
   * JSON column of the parent's rows that holds the entries, so no request is needed. If no row of the parent has
   * this column filled, its listing leaves the entries out, and the next source is used.
   */
  readonly inParent?: string;
  /** The listings are read once for each stored row of `stream` in this partition. */
  readonly forEach?: ForEach;
  /** A field every entry must carry for this source to be of use; where one lacks it, the next source is taken. */
  readonly requires?: string;
}

/** The rows of another stream for which a source is read. */
export interface ForEach {
  readonly stream: string;
  /** Its column that fills `{param}`. */
  readonly column: string;
  readonly param: string;
  /** Rows left out: those whose `column` has one of these values. */
  readonly except?: { readonly column: string; readonly values: readonly string[] };
}

/** One way in which partitions of a child stream are found: by the stored rows of a parent. */
export interface PartitionKind {
  /** Name for a partition of this kind: `workbook`, `team`. */
  readonly kind: string;
  readonly parent: string;
  /** Parent's column that names the partition. */
  readonly parentColumn: string;
  /** Parameter of the path or query that takes its value. */
  readonly param: string;
  /** Column of this stream that holds the value: what is absent from a partition is looked for by it. */
  readonly column: string;
  /**
   * Rows of the parent that count, where not all do. Several may name the same partition, which lives as long as one of
   * them does.
   */
  readonly only?: { readonly column: string; readonly values: readonly string[] };
  /** Boolean column of the parent that rules a row out: the API refuses children of archived documents. */
  readonly unless?: string;
  /** Parent's columns whose movement asks for a refetch. Absent: swept in every run, or on the slow cycle. */
  readonly signal?: readonly string[];
  /**
   * On the slow cycle a partition is read in every run nevertheless while it has a row of this stream whose timestamp
   * `column` is younger than so many days.
   */
  readonly activeWhile?: { readonly column: string; readonly withinDays: number };
  /** Source for partitions of this kind where it is not the stream's own. */
  readonly sources?: readonly Source[];
  /**
   * Restricts a stream that is planned from its own rows: to rows whose object is known by its long id, or to the
   * others.
   */
  readonly objects?: 'known' | 'unknown';
}

/** A stream as it is written down in its file. */
export interface StreamSpec {
  readonly name: string;
  readonly description: string;
  /** Sources in order of preference: the next one is used where the API lacks or refuses the one before. */
  readonly sources: readonly Source[];
  /** Columns that identify a row. */
  readonly key: readonly string[];
  /** Each row is an object that others name by one of these ids: rows of other streams are joined to it by them. */
  readonly identifies?: ObjectIds;
  /** Partition parameters that become columns, in front of the entry's own fields. */
  readonly params?: Readonly<Record<string, Field>>;
  readonly fields: Readonly<Record<string, Field>>;
  /** Alternative sets of partition kinds; the one with fewer partitions is swept. Absent: one root listing. */
  readonly partitions?: readonly (readonly PartitionKind[])[];
  /**
   * A shorter way to the same rows: each row of another parent leads to rows of many partitions. First loads and most
   * slow cycles use it if it takes fewer requests. It may miss rows and proves no deletion: a row that it lacks is
   * looked up in the row's own partition.
   */
  readonly shortcut?: PartitionKind;
  /** Entries may be errors (`code`, `message`) that stand for what the credentials may not read. */
  readonly mayHide?: true;
  /**
   * On the slow cycle: its entries change without any signal, so each partition is read again when its parent changed
   * or its turn has come within the refresh interval (a week by default), and no run pays for all of them.
   */
  readonly slow?: true;
  /** Left out unless a setting or the command line names it. */
  readonly optIn?: true;
  /**
   * Why Sigma ends it, where that is announced: once its listing is gone, a day without it is enough to take it for
   * retired, and no run fails meanwhile.
   */
  readonly ending?: string;
  /** Facts that the columns do not show, for docs/streams.md. */
  readonly caveats?: string;
  /**
   * Path of the object an entry is about, `{column}` filled from the row's key, where a listing may hide entries: one
   * that is missing was not deleted where we may not read its object.
   */
  readonly subject?: string;
  /** Path of a single entry, `{column}` filled from the row's key: confirms a deletion by its 404. */
  readonly get?: string;
}

/** A column of a stream's table and where its value comes from. */
export interface Column {
  readonly name: string;
  readonly type: FieldType;
  readonly description: string;
  readonly from: 'param' | 'field';
  /** Name of the parameter or of the entry's field. */
  readonly source: string;
  readonly isKey: boolean;
  readonly derive?: Field['derive'];
  readonly sensitive?: Sensitivity;
  readonly left?: Left;
  readonly refers?: Field['refers'];
}

/** A stream with what follows from its declaration. */
export interface Stream extends StreamSpec {
  readonly columns: readonly Column[];
  /** Streams whose stored rows this one is planned from; they run first. */
  readonly parents: readonly string[];
  /** Column that says which of two copies of an entry is the newer one. */
  readonly versionColumn: string | undefined;
  /** The reference of its rows to their object, if that is a row of another stream. */
  readonly reference: ObjectReference | undefined;
}

/**
 * Declares a stream.
 *
 * @throws Error where the declaration contradicts itself: a programming mistake, met when the module is loaded.
 */
export function defineStream(spec: StreamSpec): Stream {
  const columns = [
    ...Object.entries(spec.params ?? {}).map(([source, field]) => toColumn(spec, 'param', source, field)),
    ...Object.entries(spec.fields).map(([source, field]) => toColumn(spec, 'field', source, field)),
  ];
  const names = columns.map((column) => column.name);
  if (new Set(names).size < names.length) throw new Error(`stream ${spec.name}: two columns share a name`);
  const ids = Object.values(spec.identifies ?? {});
  for (const name of [...spec.key, ...waysOf(spec).map((kind) => kind.column), ...ids]) {
    if (!names.includes(name)) throw new Error(`stream ${spec.name}: no column ${name}`);
  }
  const parents = [
    ...waysOf(spec).map((kind) => kind.parent),
    ...sourcesOf(spec).flatMap((source) => (source.forEach === undefined ? [] : [source.forEach.stream])),
  ].filter((parent) => parent !== spec.name);
  return {
    ...spec,
    columns,
    parents: [...new Set(parents)],
    versionColumn: names.includes('updated_at') ? 'updated_at' : undefined,
    reference: referenceOf(spec, columns),
  };
}

/** @throws Error where rows whose object is known, or is not, are asked for of a stream without one. */
function referenceOf(spec: StreamSpec, columns: readonly Column[]): ObjectReference | undefined {
  const column = columns.find(({ refers }) => refers !== undefined);
  const urlId = columns.find(({ source }) => source === column?.refers?.urlField)?.name;
  if (column === undefined || urlId === undefined) {
    if (kindsOf(spec).some(({ objects }) => objects !== undefined))
      throw new Error(`stream ${spec.name}: its rows name no object`);
    return undefined;
  }
  return {
    field: column.source,
    id: column.name,
    urlId,
    isPartition: Object.keys(spec.params ?? {}).length > 0,
  };
}

/** Every kind of partition, of whichever alternative. */
export function kindsOf({ partitions }: Pick<StreamSpec, 'partitions'>): readonly PartitionKind[] {
  return (partitions ?? []).flat();
}

/** Every kind of partition, that of the shorter way included. */
export function waysOf(spec: Pick<StreamSpec, 'partitions' | 'shortcut'>): readonly PartitionKind[] {
  return [...kindsOf(spec), ...(spec.shortcut === undefined ? [] : [spec.shortcut])];
}

/** Every source, those of single kinds of partitions included. */
export function sourcesOf(spec: Pick<StreamSpec, 'sources' | 'partitions' | 'shortcut'>): readonly Source[] {
  return [...spec.sources, ...waysOf(spec).flatMap((kind) => kind.sources ?? [])];
}

function toColumn(spec: StreamSpec, from: Column['from'], source: string, field: Field): Column {
  const name = field.column ?? snakeCase(source);
  return {
    name,
    type: field.type,
    description: field.description,
    from,
    source,
    isKey: spec.key.includes(name),
    ...(field.derive === undefined ? {} : { derive: field.derive }),
    ...(field.sensitive === undefined ? {} : { sensitive: field.sensitive }),
    ...(field.left === undefined ? {} : { left: field.left }),
    ...(field.refers === undefined ? {} : { refers: field.refers }),
  };
}

/** `workbookUrlId` → `workbook_url_id`. */
export function snakeCase(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
}
