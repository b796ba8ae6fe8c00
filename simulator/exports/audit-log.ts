/**
 * The audit log as an export shows it. Entries are kept for 30 days and can arrive up to two hours late; that is the
 * vendor's documentation. Columns change at times chosen beforehand.
 */
import { DAY } from '../store/entry.ts';
import type { Cell, ExportColumn, ExportTable, TargetedControl } from '../store/export-table.ts';
import { hash, Random } from '../store/random.ts';

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

  /** The content of an export at that time: events that have arrived and are not older than 30 days. */
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

/** Most events are there within minutes. */
const PROMPT_MS = 3 * 60_000;
/** The vendor: up to two hours late. */
const LATE_MS = 2 * 3_600_000;

/** Categories of the log, all of them confirmed, about as often as they are met: most rows are queries. */
const CATEGORIES = [
  ...[
    'OBJECT_INTERACTION',
    'OBJECT_INTERACTION',
    'OBJECT_INTERACTION',
    'QUERY_EXECUTIONS',
    'QUERY_EXECUTIONS',
  ],
  ...['PUBLIC_API', 'EXPORTS', 'ACCESS_SIGMA', 'TEAMS'],
] as const;
/** Those that are about a document. */
const ABOUT_OBJECTS: ReadonlySet<string> = new Set(['OBJECT_INTERACTION', 'QUERY_EXECUTIONS', 'EXPORTS']);

export interface AuditOptions {
  /** Default 100. */
  readonly perDay?: number;
  /** Days of history there are at the start; only the last 30 of them can be exported. Default 75. */
  readonly days?: number;
  /** Share of the events that arrive up to two hours late, the others within minutes. Default 0.1. */
  readonly lateShare?: number;
  /** Share of the events that are there twice. Default 0. */
  readonly duplicates?: number;
}

/** People and objects that events are about. */
interface AuditCast {
  readonly actors: readonly { readonly id: string; readonly email: string }[];
  readonly objects: readonly { readonly id: string; readonly name: string }[];
}

export interface AuditEvent {
  readonly id: string;
  /** In milliseconds since 1970. */
  readonly createdAt: number;
  /** The time from which it can be seen; not before `createdAt`. */
  readonly arrivesAt: number;
  /** Rows it has. */
  readonly copies: 1 | 2;
  /** Its cells by their first labels. */
  readonly cells: Readonly<Record<string, Cell>>;
}

/**
 * Confirmed are `Event Type`, which holds the category, `Event Status`, `Event Status Reason Code`, `Object Name` and
 * `User Email`. The log has more columns, whose labels nobody confirmed: the others here only stand for them, and their
 * values, like those of the status, are the simulator's own.
 */
const AUDIT_COLUMNS = [
  { label: 'Event ID', type: 'text' },
  { label: 'Created At', type: 'datetime' },
  { label: 'Event Type', type: 'text' },
  { label: 'Event Status', type: 'text' },
  { label: 'Event Status Reason Code', type: 'text' },
  { label: 'User Email', type: 'text' },
  { label: 'Object ID', type: 'text' },
  { label: 'Object Name', type: 'text' },
  { label: 'Duration', type: 'number' },
  { label: 'Details', type: 'text' },
] as const;

class AuditEvents {
  readonly #seed: number;
  readonly #cast: AuditCast;
  readonly #start: number;
  readonly #interval: number;
  readonly #options: AuditOptions;

  /** @param now the end of the history there is at the start. */
  constructor(seed: number, cast: AuditCast, now: number, options: AuditOptions) {
    this.#seed = seed;
    this.#cast = cast;
    this.#start = now - (options.days ?? 75) * DAY;
    this.#interval = DAY / (options.perDay ?? 100);
    this.#options = options;
  }

  /** Events created from `from` to before `to`, in the order of their creation. */
  *between(from: number, to: number): Generator<AuditEvent> {
    const { first, end } = this.range(from, to);
    for (let number = first; number < end; number++) {
      const event = this.at(number);
      if (event.createdAt >= from && event.createdAt < to) yield event;
    }
  }

  /** Numbers of the events that can lie between two times. */
  range(from: number, to: number): { readonly first: number; readonly end: number } {
    const number = (time: number): number => Math.max(0, Math.floor((time - this.#start) / this.#interval));
    return { first: number(from), end: to <= this.#start ? 0 : number(to) + 1 };
  }

  at(number: number): AuditEvent {
    const { lateShare = 0.1, duplicates = 0 } = this.#options;
    const random = new Random(this.#seed, 'audit', number);
    const createdAt = Math.floor(this.#start + (number + random.next()) * this.#interval);
    const isLate = random.next() < lateShare;
    const arrivesAt = createdAt + random.below(isLate ? LATE_MS : PROMPT_MS);
    const copies = hash(this.#seed, 'copies', number) / 2 ** 32 < duplicates ? 2 : 1;
    const id = random.uuid();
    const category = random.pick(CATEGORIES);
    const { actors, objects } = this.#cast;
    const actor = actors[random.below(actors.length)];
    const object = ABOUT_OBJECTS.has(category) ? objects[random.below(objects.length)] : undefined;
    const isRefused = random.next() >= 0.97;
    const cells = {
      'Event ID': id,
      'Created At': new Date(createdAt),
      'Event Type': category,
      'Event Status': isRefused ? 'FAILURE' : 'SUCCESS',
      'Event Status Reason Code': isRefused ? 'ACCESS_DENIED' : null,
      'User Email': actor?.email ?? null,
      'Object ID': object?.id ?? null,
      'Object Name': object?.name ?? null,
      Duration: category === 'EXPORTS' ? random.below(600_000) / 1000 : null,
      Details: random.next() < 0.2 ? JSON.stringify({ note: 'a "quoted"\nline, é', n: number }) : '',
    };
    return { id, createdAt, arrivesAt, copies, cells };
  }
}
