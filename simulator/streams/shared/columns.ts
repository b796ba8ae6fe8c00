/** Columns of the elements of a workbook or data model. */
import { noveltiesOf } from '../../http/endpoint.ts';
import type { Entry } from '../../store/entry.ts';
import { hash, Random } from '../../store/random.ts';
import type { Store } from '../../store/store.ts';
import type { ElementEntry } from './added-content.ts';
import { contentOf, dataElements, type Versioned } from './contents.ts';

export interface Column {
  readonly elementId: string;
  readonly columnId: string;
  readonly label: string;
  readonly formula: string;
}

/** Columns of one element; none where it shows no data. */
export function columnsOf(store: Store, { elementId, name, columns = [] }: ElementEntry): Column[] {
  const random = new Random(store.seed, elementId, 'columns');
  return columns.map((label, i) => {
    return { elementId, columnId: random.base62(10), label, formula: formulaOf(name, label, i) };
  });
}

/** Columns of all elements of a workbook or data model. */
export function allColumns(store: Store, parent: Versioned): Column[] {
  return dataElements(contentOf(store, parent)).flatMap((element) => columnsOf(store, element));
}

/** A column as the endpoints of 2026 give it: they call its label a name. */
export function newerColumn({ label, ...column }: Column): Entry {
  return { ...column, name: label };
}

const TYPES = ['text', 'number', 'datetime', 'boolean', 'variant'] as const;

/** The type of a column as the API of 2025 gave it, if at all. */
export function oldType({ label }: Column): string {
  return TYPES[label.length % TYPES.length] ?? 'text';
}

/**
 * The same as an object: `error` if the formula is broken, more than a word if a type is made of others. Nobody knows
 * the API's name for the content of a list. [SDK, AE, quickstarts]
 */
function typeOf(store: Store, column: Column): Entry & { readonly type: string } {
  const roll = hash(store.seed, column.elementId, column.columnId, 'type') % 100;
  if (roll < 2) return { type: 'error' };
  const type = oldType(column);
  return roll < 8 ? { type: 'list', items: { type } } : { type };
}

/** The type of a column: an object in 2026, and before that what the caller says. */
export function typed(store: Store, column: Column, before: Entry = {}): Entry {
  return noveltiesOf(store).columnTypes ? { type: typeOf(store, column) } : before;
}

/** A type in the truth. */
export function typeColumns(type: unknown): Entry {
  if (typeof type !== 'object' || type === null) return { type };
  const whole = type as Entry;
  return { type: whole['type'], ...(Object.keys(whole).length > 1 && { typeDetail: whole }) };
}

/** Not every formula is a reference, and some hold what breaks careless quoting. */
function formulaOf(source: string, label: string, i: number): string {
  if (i % 3 === 0) return `[${source}/${label}]`;
  if (i % 3 === 1) return `If([${label}] > 0, "ja — \\"✓\\"", Null)`;
  return `Sum([${label}])\n/ Max(1, Count([${source}]))`;
}
