/** The columns of an export's table: how those of a file fit them, and what must change. Pure. */
import { ConfigError, SchemaDriftError } from '../../core/errors.ts';
import { columnNames, type NamedColumn } from './column-names.ts';
import { joined, type Kind, kindOfType, SQL_TYPE } from './kinds.ts';

export interface ExportColumn extends NamedColumn {
  readonly kind: Kind;
  readonly sqlType: string;
  /** The settings name its type: it is what they say, whatever the values look like. */
  readonly isDeclared: boolean;
  /** Its id in the element, as far as that is known. */
  readonly columnId: string | undefined;
  /** Since when files have no such column; undefined while they have. */
  readonly missingSince: Date | undefined;
}

/** Differences from the last run. */
export interface Drift {
  readonly change: 'added' | 'missing' | 'returned' | 'retyped' | 'ignored' | 'shared' | 'moved';
  readonly column: string;
  readonly label: string;
  /** Rows left out for a key with duplicates, because a later row has the same key. */
  readonly rows?: number;
  /** Types, where they change. */
  readonly from?: string;
  readonly to?: string;
}

/** The fit between the columns of a file and the table. */
export interface ColumnPlan {
  /** Columns of the file, in its order; undefined = left out, because nothing may be added. */
  readonly file: readonly (ExportColumn | undefined)[];
  /** All columns of the table as they must be. */
  readonly table: readonly ExportColumn[];
  /** To be added, and to be given another type. */
  readonly added: readonly ExportColumn[];
  readonly retyped: readonly { readonly column: ExportColumn; readonly from: ExportColumn }[];
  readonly drift: readonly Drift[];
}

/** Input of a plan. */
export interface PlanInput {
  /** Columns of the table; empty = there is none yet. */
  readonly known: readonly ExportColumn[];
  readonly labels: readonly string[];
  /** Ids of the file's columns, where Sigma gives them. */
  readonly ids?: readonly (string | undefined)[];
  /** Kinds of the file's columns. */
  readonly kinds: readonly Kind[];
  /** Declared types by label or by column. */
  readonly types: Readonly<Record<string, string>>;
  readonly policy: 'evolve' | 'freeze' | 'fail';
  readonly now: Date;
}

/** Postgres: at most 1,600 columns; three are ours. */
const MOST_COLUMNS = 1597;

/** @throws SchemaDriftError where the policy is `fail` and something differs, or Postgres can't hold so many columns. */
export function planColumns({ known, labels, ids = [], kinds, types, policy, now }: PlanInput): ColumnPlan {
  const isNew = known.length === 0;
  const drift: Drift[] = [];
  const added: ExportColumn[] = [];
  const retyped: { column: ExportColumn; from: ExportColumn }[] = [];
  const byName = new Map(known.map((column) => [column.name, column]));
  const seen = new Set<string>();

  const file = columnNames(labels, known).map(({ label, occurrence, name }, i): ExportColumn | undefined => {
    const before = byName.get(name);
    const declared = declaredType(types, label, occurrence, name);
    const isDeclared = declared !== undefined;
    const kind = kindAfter(before, kinds[i] ?? 'unknown', declared, policy);
    const sqlType = declared ?? SQL_TYPE[kind];
    const columnId = ids[i] ?? before?.columnId;
    const column = { label, occurrence, name, kind, sqlType, isDeclared, columnId, missingSince: undefined };
    seen.add(name);
    if (before === undefined) {
      if (!isNew && policy === 'freeze') {
        drift.push({ change: 'ignored', column: name, label });
        return undefined;
      }
      added.push(column);
      if (!isNew) drift.push({ change: 'added', column: name, label, to: sqlType });
      return column;
    }
    if (before.missingSince !== undefined) drift.push({ change: 'returned', column: name, label });
    if (before.sqlType !== sqlType) {
      retyped.push({ column, from: before });
      // A column that was empty so far gets its type: nothing that was known has changed.
      if (before.kind !== 'unknown' || before.isDeclared || isDeclared)
        drift.push({ change: 'retyped', column: name, label, from: before.sqlType, to: sqlType });
    }
    return column;
  });

  const missing = known.filter(({ name }) => !seen.has(name));
  for (const { name, label, missingSince } of missing) {
    if (missingSince === undefined) drift.push({ change: 'missing', column: name, label });
  }
  if (policy === 'fail' && drift.length > 0) {
    throw new SchemaDriftError(`The columns of the export changed: ${drift.map(describeDrift).join('; ')}.`, {
      advice: 'Nothing was loaded. Set schema: evolve to accept it, or fix the element in Sigma.',
    });
  }
  if (known.length + added.length > MOST_COLUMNS) {
    throw new SchemaDriftError(
      `The table would need ${known.length + added.length} columns; Postgres allows ${MOST_COLUMNS} beside three of ours.`,
      { advice: 'Hide columns of the element in Sigma, or export a narrower one.' },
    );
  }
  const current = new Map(file.flatMap((column) => (column === undefined ? [] : [[column.name, column]])));
  const kept = known.map(
    (column) => current.get(column.name) ?? { ...column, missingSince: column.missingSince ?? now },
  );
  return { file, table: [...kept, ...added], added, retyped, drift };
}

/**
 * A file without a single column of the table is another element's, or has no header: its rows have no place there.
 *
 * @throws SchemaDriftError
 */
export function checkRelated(known: readonly ExportColumn[], { file }: ColumnPlan): void {
  const present = known.filter(({ missingSince }) => missingSince === undefined);
  const names = new Set(known.map(({ name }) => name));
  if (present.length === 0 || file.some((column) => column !== undefined && names.has(column.name))) return;
  throw new SchemaDriftError(
    `The file has none of the columns of the table (${listed(present.map(({ label }) => label))}).`,
    {
      advice:
        'Nothing was loaded. Check the element in Sigma. If it is a different one now, set another table, or drop this one.',
    },
  );
}

/** Labels in quotes, the first of many. */
function listed(labels: readonly string[]): string {
  const some = labels.slice(0, 40).map((label) => JSON.stringify(label));
  return `${some.join(', ')}${labels.length > 40 ? ', …' : ''}`;
}

/** Labels such as `constructor` are nothing that every object has. */
function declaredType(
  types: PlanInput['types'],
  label: string,
  occurrence: number,
  name: string,
): string | undefined {
  if (occurrence === 0 && Object.hasOwn(types, label)) return types[label];
  return Object.hasOwn(types, name) ? types[name] : undefined;
}

/** The kind of a column once it has values of another kind. */
function kindAfter(
  before: ExportColumn | undefined,
  seen: Kind,
  declared: string | undefined,
  policy: PlanInput['policy'],
): Kind {
  // Kinds that the declared type holds: once it is no longer declared, the table may have values that no sample
  // shows.
  if (declared !== undefined) {
    const kind = kindOfType(declared);
    return seen === 'formatted' && joined(kind, seen) === seen ? seen : kind;
  }
  if (before === undefined) return seen;
  const had = SQL_TYPE[before.kind] === before.sqlType ? before.kind : kindOfType(before.sqlType);
  if (policy !== 'freeze') return joined(had, seen);
  return had === 'unknown' && seen !== 'unknown' ? 'text' : had;
}

/** `amount: bigint became numeric`. */
export function describeDrift({ change, column, from, to, rows }: Drift): string {
  switch (change) {
    case 'retyped':
      return `${column} became ${to} (was ${from})`;
    case 'shared':
      return `${column} is not unique: ${rows} rows were left out, because later rows have the same key`;
    case 'moved':
      return `${column} swapped places with another column of its label, and was recognized by its id`;
    case 'ignored':
      return `${column} is new and was left out`;
    default:
      return `${column} ${change === 'added' ? 'is new' : change === 'missing' ? 'is missing' : 'is back'}`;
  }
}

/** The column that the settings name by its label or its own name. @throws ConfigError with the names there are */
export function columnNamed(columns: readonly ExportColumn[], name: string, setting: string): ExportColumn {
  const found = columns.find(({ label }) => label === name) ?? columns.find((column) => column.name === name);
  if (found !== undefined) return found;
  const there = listed(columns.map(({ label }) => label));
  throw new ConfigError(
    `${setting} names the column ${JSON.stringify(name)}, which the export does not have.`,
    {
      advice: `It has ${there}.`,
    },
  );
}
