/** The events of an audit log: deterministic for a seed, without an end, made one by one. */
import { DAY } from '../store/entry.ts';
import type { Cell } from '../store/export-table.ts';
import { hash, Random } from '../store/random.ts';

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
export interface AuditCast {
  readonly actors: readonly { readonly id: string; readonly email: string }[];
  readonly objects: readonly { readonly id: string; readonly name: string }[];
}

export interface AuditEvent {
  readonly id: string;
  /** In milliseconds since 1970. */
  readonly createdAt: number;
  /** When it can be seen first; not before `createdAt`. */
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
export const AUDIT_COLUMNS = [
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

export class AuditEvents {
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
