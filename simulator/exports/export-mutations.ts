/** Changes to the data that can be exported: elements with rows of any kind, the audit log, and the clock. */
import type { Cell, ExportColumn, ExportTable, ValueType } from '../store/export-table.ts';
import { oneOf, type Store } from '../store/store.ts';
import { addWorkbook, publishVersion, workbookUrl } from '../streams/content/workbooks.ts';
import { makeConnection } from '../streams/data/connections.ts';
import type { AddedElement } from '../streams/shared/added-content.ts';
import { type Connection, connectionPathsOf, connectionsOf, pathIds } from '../streams/shared/connections.ts';
import { addedOf, elementsOf, rootOf } from '../streams/shared/contents.ts';
import { membersOf } from '../streams/shared/people.ts';
import { type Workbook, workbooksOf } from '../streams/shared/workbook-table.ts';
import { AUDIT_CONTROL, type AuditChange, AuditLog, type AuditOptions } from './audit-log.ts';
import { bigTable } from './big-export.ts';
import { tableOf } from './export-data.ts';

/** The place of an element with data. */
export interface ElementPlace {
  readonly workbookId: string;
  readonly elementId: string;
}

export interface AddedTo {
  /** Default: a new workbook, with this element only. */
  readonly workbookId?: string;
  /** Name of the element, and of the workbook if that is new. */
  readonly name?: string;
}

/** An element and its data. */
export interface ExportSpec extends AddedTo {
  /** Default `table`. */
  readonly type?: 'table' | 'visualization' | 'pivot-table' | 'input-table';
  /** A label alone is one of text. */
  readonly columns: readonly (string | ExportColumn)[];
  /** Number of rows. */
  readonly count: number;
  /** A row by its index, the same whenever it is asked for. It may have fewer or more cells than there are columns. */
  readonly rows: (index: number) => readonly Cell[];
  /** Controls by their id, and the index of the column that each one restricts. */
  readonly controls?: Readonly<Record<string, { readonly valueType: ValueType; readonly column: number }>>;
  /** A pivot table with totals. */
  readonly totals?: boolean;
  readonly connectionId?: string;
  /** The bytes of each file, in the place of the rows. */
  readonly file?: string | Buffer;
}

/** Size and misbehaviour of the audit log, and the changes of its columns. */
export type AuditLogOptions = AuditOptions & { readonly changes?: readonly AuditChange[] };

const auditOf = oneOf((): { log: AuditLog | undefined } => ({ log: undefined }));

/** The audit log, where `addAuditLog` made one. */
export function auditLogOf(store: Store): AuditLog | undefined {
  return auditOf(store).log;
}

/** Adds an element with data to a workbook, which publishes a version, or to a new one. */
function addExport(store: Store, spec: ExportSpec): ElementPlace {
  const columns = spec.columns.map(
    (column): ExportColumn => (typeof column === 'string' ? { label: column, type: 'text' } : column),
  );
  return addElement(store, spec, spec.type ?? 'table', {
    columns,
    controls: Object.entries(spec.controls ?? {}).map(([name, control]) => ({ name, ...control })),
    count: spec.count,
    sparse: false,
    row: spec.rows,
    totals: spec.totals ?? false,
    connectionId: spec.connectionId,
    file: spec.file,
  });
}

/** Adds an element of twelve columns that is served about as fast as a connection takes it. */
function addBigExport(store: Store, { rows, ...to }: AddedTo & { readonly rows: number }): ElementPlace {
  return addElement(store, to, 'table', { ...bigTable(store.seed, rows), controls: [] });
}

/**
 * Adds the workbook with the audit log. Its source is the audit-log connection, which is made where there is none.
 *
 * @throws RangeError where there is an audit log already.
 */
function addAuditLog(store: Store, options: AuditLogOptions = {}): AuditLog {
  const audit = auditOf(store);
  if (audit.log !== undefined) throw new RangeError('the organization has an audit log already');
  const { seed, random } = store;
  const connectionId = auditConnection(store).id;
  const workbookId = addWorkbook(store, 'Sigma Audit Log', {}, { pages: 1, elements: 0 });
  const elementId = random.base62(10);
  const cast = {
    actors: membersOf(store)
      .list.toArray()
      .map(({ id, email }) => ({ id, email })),
    objects: workbooksOf(store)
      .list.toArray()
      .map(({ id, name }) => ({ id, name })),
  };
  const place = { workbookId, elementId, connectionId };
  const log = new AuditLog(place, { seed, now: store.now, cast }, options);
  const table = { ...pathIds(store, random), connectionId };
  connectionPathsOf(store).add({
    ...table,
    order: store.nextOrder(),
    path: ['SIGMA', 'AUDIT', 'AUDIT_LOGS'],
  });
  addedOf(store).setSources(workbookId, [{ type: 'table', inodeId: table.inodeId }]);
  audit.log = log;
  log.change(store.now);
  addedOf(store).add(workbookId, auditElement(log));
  return log;
}

/** Moves the logical clock forward: results expire, events arrive and age, columns of the audit log change. */
function advance(store: Store, ms: number): number {
  const now = store.moveClock(ms);
  const log = auditLogOf(store);
  if (log?.change(now)) {
    addedOf(store).replace(log.workbookId, auditElement(log));
    if (workbooksOf(store).get(log.workbookId) !== undefined) publishVersion(store, log.workbookId);
  }
  return now;
}

/** The content of an export of the element now. @throws RangeError if there is no such data. */
function exportOf(store: Store, workbookId: string, elementId: string): ExportTable {
  const workbook = workbookBy(store, workbookId);
  const element = elementsOf(store, workbook).find((one) => one.elementId === elementId);
  if (element === undefined) throw new RangeError(`the workbook has no element ${elementId}`);
  return tableOf(store, workbook, element);
}

/** The address of an element in the browser. @throws RangeError where there is no such workbook. */
function urlOf(store: Store, { workbookId, elementId }: ElementPlace): string {
  return `${workbookUrl(workbookBy(store, workbookId))}?:nodeId=${elementId}`;
}

/** Methods of an organization that concern exports. */
export const exportMethods = { addExport, addBigExport, addAuditLog, advance, exportOf, urlOf };

function addElement(store: Store, to: AddedTo, type: string, table: ExportTable): ElementPlace {
  const { workbookId, name = 'Export' } = to;
  const id = workbookId ?? addWorkbook(store, name, {}, { pages: 1, elements: 0 });
  const root = rootOf(workbookBy(store, id));
  const elementId = store.random.base62(10);
  const columns = table.columns.map(({ label }) => label);
  const more = type === 'visualization' && { vizualizationType: 'bar' };
  addedOf(store).add(root, {
    entry: { elementId, name, type, columns, ...more },
    table: () => table,
    columnIds: table.columns.map(({ id }) => id),
    controls: table.controls,
  });
  if (workbookId !== undefined) publishVersion(store, id);
  return { workbookId: id, elementId };
}

function workbookBy(store: Store, id: string): Workbook {
  const workbook = workbooksOf(store).get(id);
  if (workbook === undefined) throw new RangeError(`nothing has the id ${id}`);
  return workbook;
}

function auditConnection(store: Store): Connection {
  const all = connectionsOf(store);
  const known = all.list.toArray().find(({ isAuditLog }) => isAuditLog);
  if (known !== undefined) return known;
  const made = makeConnection(store.random, store.nextOrder(), 1, store.fresh());
  all.add(made);
  return made;
}

function auditElement(log: AuditLog): AddedElement {
  const { elementId, labels: columns } = log;
  return {
    entry: { elementId, name: 'Audit Events', type: 'table', columns },
    table: (now) => log.table(now),
    controls: [{ name: AUDIT_CONTROL, valueType: 'date-range' }],
  };
}
