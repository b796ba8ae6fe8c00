/** Columns, queries and controls of a workbook or data model: they follow its elements. */

import type { Entry } from '../../entities.ts';
import { type ControlEntry, VALUE_TYPES } from '../../store/export-table.ts';
import { controlName } from '../../store/names.ts';
import { Random } from '../../store/random.ts';
import type { Store } from '../../store/store.ts';
import { dataElements, type ElementEntry, rootOf, type Versioned } from './contents.ts';

const COLUMN_TYPES = ['text', 'number', 'datetime', 'boolean', 'variant'] as const;

interface Column {
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
  return dataElements(store.contentOf(parent)).flatMap((element) => columnsOf(store, element));
}

/** A column as the endpoints of 2026 give it: they call its label a name. */
export function newerColumn({ label, ...column }: Column): Entry {
  return { ...column, name: label };
}

/** Columns of a data model: most have a type, and a few belong to no element. */
export function dataModelColumns(store: Store, parent: Versioned): Entry[] {
  const columns = allColumns(store, parent).map((column, i) => ({
    ...newerColumn(column),
    ...(i % 4 !== 3 && { type: COLUMN_TYPES[column.label.length % COLUMN_TYPES.length] }),
  }));
  const random = new Random(store.seed, parent.id, 'metric');
  const metrics = random.next() < 0.4 ? 1 + random.below(2) : 0;
  const loose = Array.from({ length: metrics }, (_, i) => ({
    columnId: random.base62(10),
    name: `Metric ${i + 1}`,
    formula: `CountDistinct([Id]) / ${parent.version}`,
  }));
  return [...columns, ...loose];
}

/** Not every formula is a reference, and some hold what breaks careless quoting. */
function formulaOf(source: string, label: string, i: number): string {
  if (i % 3 === 0) return `[${source}/${label}]`;
  if (i % 3 === 1) return `If([${label}] > 0, "ja — \\"✓\\"", Null)`;
  return `Sum([${label}])\n/ Max(1, Count([${source}]))`;
}

/** One query per element with data; some cannot be made, and then an error takes the SQL's place. */
export function queries(store: Store, workbook: Versioned): Entry[] {
  return dataElements(store.contentOf(workbook)).map((element) => {
    const { elementId, name } = element;
    const random = new Random(store.seed, elementId, 'query');
    const named = random.next() < 0.95 ? { elementId, name } : { elementId };
    if (random.next() < 0.05)
      return { ...named, error: `Unknown column "${element.columns?.[0]}"\n  at line 3` };
    return { ...named, sql: sqlOf(element, random) };
  });
}

function sqlOf({ name, columns = [] }: ElementEntry, random: Random): string {
  const q = random.uint32().toString(36);
  const selected = columns
    .map((label, i) => `  "Q${i}"."${label.replaceAll('"', '""')}" "V_${i}"`)
    .join(',\n');
  return `-- ${name.replace(/\s+/g, ' ')} → ${q}
select
${selected}
from "ANALYTICS"."PUBLIC"."ORDERS_${q.toUpperCase()}" "Q0" /* 売上 */
where "REGION" <> 'Côte d''Ivoire' and "NOTE" not like '%\\N%\ttab'
limit ${1000 + random.below(9000)}`;
}

/** A control per control element, some that are on no page, and those that were added. Their names are unique within the workbook. */
export function controls(store: Store, workbook: Versioned): ControlEntry[] {
  const root = rootOf(workbook);
  const elements = store
    .contentOf(workbook)
    .flatMap((page) => page.elements.filter(({ type }) => type === 'control'))
    .map(({ elementId }) => ({ name: `control-${elementId}`, valueType: 'text-list' as const }));
  const random = new Random(store.seed, root, 'controls');
  const loose = Array.from({ length: random.below(4) }, (_, i) => ({
    name: controlName(random, i),
    valueType: new Random(store.seed, root, 'control', i, workbook.version >> 1).pick(VALUE_TYPES),
  }));
  return [...elements, ...loose, ...store.added.controls(root)];
}
