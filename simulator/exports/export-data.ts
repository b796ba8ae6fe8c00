/** The data of an element: what was added with it, or a modest table derived from the seed. */
import { DAY, EPOCH } from '../store/entry.ts';
import type { Cell, ColumnType, ExportTable, TargetedControl, ValueType } from '../store/export-table.ts';
import { attributeValue } from '../store/names.ts';
import { hash, Random } from '../store/random.ts';
import type { Store } from '../store/store.ts';
import { controlsOf } from '../streams/content/workbook-controls.ts';
import type { ElementEntry } from '../streams/shared/added-content.ts';
import { addedOf, rootOf } from '../streams/shared/contents.ts';
import type { Document } from '../streams/shared/document-table.ts';

const TYPES = ['text', 'number', 'date', 'datetime', 'boolean'] as const;
/** Whole and broken, small, large and at the edge of what a double can hold. */
const NUMBERS = [0, -0.01, 1e-7, 12.5, 1_234_567.89, -3, 2 ** 53 - 1, 2 ** 31, 1e21] as const;
/** Some tables are empty. */
const MOST_ROWS = 60;

/**
 * The table of an element at the present time. Derived tables change when a version is published.
 *
 * @throws RangeError where the element has no data.
 */
export function tableOf(store: Store, document: Document, element: ElementEntry): ExportTable {
  const root = rootOf(document);
  const added = addedOf(store).element(root, element.elementId);
  if (added !== undefined) return added.table(store.now);
  if (element.columns === undefined) throw new RangeError(`element ${element.elementId} has no data`);
  return derived(store, document, root, element, element.columns);
}

function derived(
  store: Store,
  document: Document,
  root: string,
  { elementId, type }: ElementEntry,
  labels: readonly string[],
): ExportTable {
  const { seed } = store;
  const pick = (...of: (string | number)[]): number => hash(seed, root, elementId, ...of);
  const columns = labels.map((label, i) => ({
    label,
    type: TYPES[pick('type', i) % TYPES.length] ?? 'text',
  }));
  return {
    columns,
    controls: controlsOf(store, document).flatMap(({ name, valueType }) =>
      targeted(name, valueType, columns),
    ),
    count: pick('rows', document.version) % MOST_ROWS,
    sparse: false,
    row: (i) => {
      const random = new Random(seed, root, elementId, 'row', document.version, i);
      return columns.map((column) => cell(random, column.type));
    },
    totals: type === 'pivot-table' && pick('totals') % 2 === 0,
  };
}

/** A control restricts the first column of its type; one without such a column restricts nothing. */
function targeted(
  name: string,
  valueType: ValueType,
  columns: readonly { readonly type: ColumnType }[],
): TargetedControl[] {
  const kind = valueType.split('-')[0];
  const column = columns.findIndex(({ type }) => type === kind || (kind === 'date' && type === 'datetime'));
  return column < 0 ? [] : [{ name, valueType, column }];
}

function cell(random: Random, type: ColumnType): Cell {
  if (random.next() < 0.12) return null;
  switch (type) {
    case 'text':
      return random.next() < 0.1 ? '' : attributeValue(random);
    case 'number':
      return random.next() < 0.3 ? random.pick(NUMBERS) : random.below(2_000_000) / 100 - 5000;
    case 'date':
      return new Date(EPOCH + random.below(400) * DAY);
    case 'datetime':
      return new Date(EPOCH + random.below(400) * DAY + random.below(DAY));
    case 'boolean':
      return random.next() < 0.5;
  }
}
