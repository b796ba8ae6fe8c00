/** Columns of one label: which is which, where their order in the file is not what it was. Pure. */
import type { ExportColumn } from './columns.ts';

/** True if some column still needs its id. An empty id means that the API was asked in vain. */
export function lacksIds(columns: readonly ExportColumn[]): boolean {
  return columns.some(({ columnId, missingSince }) => columnId === undefined && missingSince === undefined);
}

/** A column of an element as the API lists it. */
export interface ListedColumn {
  readonly columnId: string;
  readonly label: string;
  readonly formula: string | undefined;
}

/** The columns of the table, arranged for a file. */
export interface Arranged {
  /** As they are known, each with the place among those of its label that it has in the file. */
  readonly known: readonly ExportColumn[];
  /** Ids of the columns of the file, where Sigma gives them. */
  readonly ids: readonly (string | undefined)[];
  /** Columns that changed places with others of their label. */
  readonly moved: readonly ExportColumn[];
  /** Labels that several columns have, whose order alone tells them apart. */
  readonly untold: readonly string[];
}

/** Labels that occur more than once. */
export function repeated(labels: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  return new Set(labels.filter((label) => seen.size === seen.add(label).size));
}

/**
 * Places the known columns of a repeated label where their ids are now. A label that occurs once is one column,
 * whatever its id. If no id is known, only the order counts.
 *
 * @param listed the columns as the API lists them, in the order of the element; undefined = the API does not list
 * them.
 */
export function arrange(
  known: readonly ExportColumn[],
  labels: readonly string[],
  listed: readonly ListedColumn[] | undefined,
): Arranged {
  const ids = idsOf(labels, listed ?? []);
  const several = new Set([...repeated(labels), ...repeated(known.map(({ label }) => label))]);
  const places = new Map<string, number>();
  const untold: string[] = [];
  for (const label of several) {
    const all = labels.flatMap((one, i) => (one === label ? [ids[i]] : []));
    const before = known.filter((column) => column.label === label);
    if (before.length > 0 && all.length > 0 && all.includes(undefined)) untold.push(label);
    // An id that is known makes the others of its label known as well: they are new.
    if (!before.some(({ columnId }) => hasId(columnId) && all.includes(columnId))) continue;
    const taken = new Set<number>();
    let last = Math.max(all.length, ...before.map(({ occurrence }) => occurrence + 1));
    for (const column of before.toSorted((a, b) => Number(hasId(b.columnId)) - Number(hasId(a.columnId)))) {
      const at = hasId(column.columnId) ? all.indexOf(column.columnId) : column.occurrence;
      const place = at < 0 || taken.has(at) ? last++ : at;
      taken.add(place);
      places.set(column.name, place);
    }
  }
  const arranged = known.map((column) => ({
    ...column,
    occurrence: places.get(column.name) ?? column.occurrence,
  }));
  const moved = arranged.filter(({ occurrence, label, missingSince }, i) => {
    const isThere = labels.filter((one) => one === label).length > occurrence;
    return isThere && missingSince === undefined && known[i]?.occurrence !== occurrence;
  });
  return { known: arranged, ids, moved, untold };
}

/** Ids by the place among columns of a label; none of a label that is listed more or less often. */
function idsOf(labels: readonly string[], listed: readonly ListedColumn[]): (string | undefined)[] {
  const byLabel = Map.groupBy(listed, ({ label }) => label);
  const counts = Map.groupBy(labels, (label) => label);
  const seen = new Map<string, number>();
  return labels.map((label) => {
    const place = seen.get(label) ?? 0;
    seen.set(label, place + 1);
    const all = byLabel.get(label) ?? [];
    return all.length === counts.get(label)?.length ? all[place]?.columnId : undefined;
  });
}

/** The columns with the ids that the listing gives those without one; empty where it has none for them. */
export function identified(
  columns: readonly ExportColumn[],
  listed: readonly ListedColumn[],
): readonly ExportColumn[] {
  const present = columns.filter(({ missingSince }) => missingSince === undefined);
  return columns.map((column) => {
    const { label, occurrence, columnId, missingSince } = column;
    if (columnId !== undefined || missingSince !== undefined) return column;
    const all = listed.filter((one) => one.label === label);
    const isTold = all.length === present.filter((one) => one.label === label).length;
    return { ...column, columnId: isTold ? (all[occurrence]?.columnId ?? '') : '' };
  });
}

function hasId(columnId: string | undefined): columnId is string {
  return columnId !== undefined && columnId !== '';
}
