/** Changes to the data that can be exported: elements with rows of any kind, the audit log, and the clock. */

import { ChildMutations } from '../child-mutations.ts';
import type { Connection } from '../data-entities.ts';
import type { Workbook } from '../entities.ts';
import { workbookUrl } from '../entries.ts';
import { makeConnection } from '../generate-data.ts';
import type { Cell, ControlEntry, ExportColumn, ExportTable, ValueType } from '../store/export-table.ts';
import { controls } from '../streams/shared/columns.ts';
import { rootOf } from '../streams/shared/contents.ts';
import type { AuditOptions } from './audit-events.ts';
import { AUDIT_CONTROL, type AuditChange, AuditLog } from './audit-log.ts';
import { bigTable } from './big-export.ts';
import { tableOf } from './export-data.ts';

/** Where an element with data is. */
export interface ElementPlace {
  readonly workbookId: string;
  readonly elementId: string;
}

interface AddedTo {
  /** Default: a new workbook, with this element only. */
  readonly workbookId?: string;
  /** Of the element, and of the workbook where that is new. */
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
}

/** Mutations of exportable data, on top of all others. */
export class ExportMutations extends ChildMutations {
  #auditLog: AuditLog | undefined;

  /** The audit log, where `addAuditLog` made one. */
  get auditLog(): AuditLog | undefined {
    return this.#auditLog;
  }

  /** Adds an element with data to a workbook, which publishes a version, or to a new one. */
  addExport(spec: ExportSpec): ElementPlace {
    const columns = spec.columns.map(
      (column): ExportColumn => (typeof column === 'string' ? { label: column, type: 'text' } : column),
    );
    const table: ExportTable = {
      columns,
      controls: Object.entries(spec.controls ?? {}).map(([name, control]) => ({ name, ...control })),
      count: spec.count,
      sparse: false,
      row: spec.rows,
      totals: spec.totals ?? false,
      connectionId: spec.connectionId,
    };
    return this.#addElement(spec, spec.type ?? 'table', table);
  }

  /** Adds an element of twelve columns that is served about as fast as a connection takes it. */
  addBigExport({ rows, ...to }: AddedTo & { readonly rows: number }): ElementPlace {
    return this.#addElement(to, 'table', { ...bigTable(this.seed, rows), controls: [] });
  }

  /**
   * Adds the workbook with the audit log. Its source is the audit-log connection, which is made where there is none.
   *
   * @throws RangeError where there is an audit log already.
   */
  addAuditLog(options: AuditOptions & { readonly changes?: readonly AuditChange[] } = {}): AuditLog {
    if (this.#auditLog !== undefined) throw new RangeError('the organization has an audit log already');
    const connectionId = this.#auditConnection().id;
    const workbookId = this.addWorkbook('Sigma Audit Log', {}, { pages: 1, elements: 0 });
    const elementId = this.random.base62(10);
    const cast = {
      actors: this.members.list.toArray().map(({ id, email }) => ({ id, email })),
      objects: this.workbooks.list.toArray().map(({ id }) => id),
    };
    const log = new AuditLog(
      { workbookId, elementId, connectionId },
      { seed: this.seed, now: this.now, cast },
      options,
    );
    const table = { id: this.random.base62(22), inodeId: this.random.uuid(), connectionId };
    this.connectionPaths.add({ ...table, order: this.nextOrder(), path: ['SIGMA', 'AUDIT', 'EVENTS'] });
    this.added.setSources(workbookId, [{ type: 'table', inodeId: table.inodeId }]);
    this.#auditLog = log;
    log.change(this.now);
    this.added.add(workbookId, auditElement(log));
    return log;
  }

  /** Moves the logical clock forward: results expire, events arrive and age, columns of the audit log change. */
  advance(ms: number): number {
    const now = this.advanceClock(ms);
    const log = this.#auditLog;
    if (log?.change(now)) {
      this.added.replace(log.workbookId, auditElement(log));
      if (this.workbooks.get(log.workbookId) !== undefined) this.publishVersion(log.workbookId);
    }
    return now;
  }

  /** What an export of the element would give now. @throws RangeError where there is no such data. */
  exportOf(workbookId: string, elementId: string): ExportTable {
    const workbook = this.#workbook(workbookId);
    const all = this.contentOf(workbook).flatMap(({ elements }) => elements);
    const element = all.find((one) => one.elementId === elementId);
    if (element === undefined) throw new RangeError(`the workbook has no element ${elementId}`);
    return tableOf(this, workbook, element);
  }

  /** The address of an element in the browser. @throws RangeError where there is no such workbook. */
  urlOf({ workbookId, elementId }: ElementPlace): string {
    return `${workbookUrl(this.#workbook(workbookId))}?:nodeId=${elementId}`;
  }

  /** Controls that `parameters` of an export can name. */
  controlsOf(workbook: Workbook): ControlEntry[] {
    return controls(this, workbook);
  }

  #addElement({ workbookId, name = 'Export' }: AddedTo, type: string, table: ExportTable): ElementPlace {
    const id = workbookId ?? this.addWorkbook(name, {}, { pages: 1, elements: 0 });
    const workbook = this.#workbook(id);
    const elementId = this.random.base62(10);
    const columns = table.columns.map(({ label }) => label);
    this.added.add(rootOf(workbook), {
      entry: {
        elementId,
        name,
        type,
        columns,
        ...(type === 'visualization' && { vizualizationType: 'bar' }),
      },
      table: () => table,
      controls: table.controls,
    });
    if (workbookId !== undefined) this.publishVersion(id);
    return { workbookId: id, elementId };
  }

  #workbook(id: string): Workbook {
    const workbook = this.workbooks.get(id);
    if (workbook === undefined) throw new RangeError(`nothing has the id ${id}`);
    return workbook;
  }

  #auditConnection(): Connection {
    const known = this.connections.list.toArray().find(({ isAuditLog }) => isAuditLog);
    if (known !== undefined) return known;
    const made = makeConnection(this.random, this.nextOrder(), 1, this.fresh());
    this.connections.add(made);
    return made;
  }
}

function auditElement(log: AuditLog): Parameters<ExportMutations['added']['add']>[1] {
  const { elementId, labels: columns } = log;
  return {
    entry: { elementId, name: 'Audit Events', type: 'table', columns },
    table: (now) => log.table(now),
    controls: [{ name: AUDIT_CONTROL, valueType: 'date-range' }],
  };
}
