/**
 * The audit log as an export shows it. Entries are kept for 30 days and can arrive up to two hours late; that is the
 * vendor's documentation. Columns change at times chosen beforehand.
 */
import { DAY } from '../store/entry.ts';
import type { Cell, ExportColumn, ExportTable, TargetedControl } from '../store/export-table.ts';
import {
  AUDIT_COLUMNS,
  type AuditCast,
  type AuditEvent,
  AuditEvents,
  type AuditOptions,
} from './audit-events.ts';

const KEPT_MS = 30 * DAY;
/** Id of the control for the date range. */
export const AUDIT_CONTROL = 'API-Date-Filter';

/** At a time, in milliseconds since 1970: a column has a new label, or there is another one. */
export type AuditChange = { readonly at: number } & (
  | { readonly rename: string; readonly to: string }
  | { readonly add: string }
);

interface AuditColumn extends ExportColumn {
  /** The label it had first. */
  readonly key: string;
  /** Events that are older have nothing in it. */
  readonly since: number;
}

export class AuditLog {
  readonly workbookId: string;
  readonly elementId: string;
  readonly connectionId: string;
  readonly #events: AuditEvents;
  readonly #changes: AuditChange[];
  #columns: readonly AuditColumn[] = AUDIT_COLUMNS.map((column) => ({
    ...column,
    key: column.label,
    since: 0,
  }));

  constructor(
    place: { readonly workbookId: string; readonly elementId: string; readonly connectionId: string },
    source: { readonly seed: number; readonly now: number; readonly cast: AuditCast },
    options: AuditOptions & { readonly changes?: readonly AuditChange[] },
  ) {
    this.workbookId = place.workbookId;
    this.elementId = place.elementId;
    this.connectionId = place.connectionId;
    this.#events = new AuditEvents(source.seed, source.cast, source.now, options);
    this.#changes = (options.changes ?? []).toSorted((a, b) => a.at - b.at);
  }

  get labels(): readonly string[] {
    return this.#columns.map(({ label }) => label);
  }

  /** All events created from `from` to before `to`, whether or not they can be exported, each of them once. */
  events(from: number, to: number): Generator<AuditEvent> {
    return this.#events.between(from, to);
  }

  /** Makes the changes of columns that are due; true where there was one. */
  change(now: number): boolean {
    let isChanged = false;
    for (let due = this.#changes[0]; due !== undefined && due.at <= now; due = this.#changes[0]) {
      this.#changes.shift();
      this.#columns = changed(this.#columns, due);
      isChanged = true;
    }
    return isChanged;
  }

  /** What an export at that time gives: events that have arrived and are not older than 30 days. */
  table(now: number): ExportTable {
    const columns = this.#columns;
    const oldest = now - KEPT_MS;
    const { first, end } = this.#events.range(oldest, now);
    const control: TargetedControl = {
      name: AUDIT_CONTROL,
      valueType: 'date-range',
      column: columns.findIndex(({ key }) => key === 'Created At'),
    };
    return {
      columns,
      controls: [control],
      // Every event has two places, of which the second is that of its duplicate.
      count: 2 * Math.max(0, end - first),
      sparse: true,
      row: (i) => {
        const event = this.#events.at(first + (i >> 1));
        const { createdAt, arrivesAt, copies } = event;
        const isThere = createdAt >= oldest && arrivesAt <= now && i % 2 < copies;
        return isThere ? columns.map((column) => cellOf(event, column)) : undefined;
      },
      totals: false,
      connectionId: this.connectionId,
    };
  }
}

function changed(columns: readonly AuditColumn[], change: AuditChange): readonly AuditColumn[] {
  if ('add' in change)
    return [...columns, { label: change.add, type: 'text', key: change.add, since: change.at }];
  if (!columns.some(({ label }) => label === change.rename))
    throw new RangeError(`the audit log has no column ${change.rename}`);
  return columns.map((column) => (column.label === change.rename ? { ...column, label: change.to } : column));
}

function cellOf({ id, createdAt, cells }: AuditEvent, { key, since }: AuditColumn): Cell {
  const cell = cells[key];
  if (cell !== undefined) return cell;
  return createdAt < since ? null : `${key} of ${id.slice(0, 8)}`;
}
