/** Turns the pages of a unit into validated rows, and keeps count of what can't become one. */
import type { EventBus } from '../core/events/bus.ts';
import type { ListingPage } from '../sigma/paging.ts';
import { type DriftListener, type EntryMask, entryReader } from './entry.ts';
import type { Source, Stream } from './stream.ts';
import type { ExtractedRow, Unit } from './unit.ts';

/** The source's entries lack the field it is declared to require: another source must be used. */
export class UnsuitableSourceError extends Error {
  override readonly name = 'UnsuitableSourceError';
}

export class RowReader {
  /** Entries left out because a key field was missing. */
  rejected = 0;
  /** Entries that stand for what the credentials may not read. */
  hidden = 0;
  #position = 0;
  readonly #drift = new DriftTally();
  readonly #stream: Stream;
  readonly #source: Source;
  readonly #unit: Unit;
  readonly #events: EventBus;

  constructor(stream: Stream, source: Source, unit: Unit, events: EventBus) {
    this.#stream = stream;
    this.#source = source;
    this.#unit = unit;
    this.#events = events;
  }

  /**
   * Makes the function that reads a page of the listings with these parameters.
   *
   * @throws UnsuitableSourceError
   */
  pages(
    params: Readonly<Record<string, string>>,
    mask: EntryMask | undefined,
  ): (page: ListingPage) => ExtractedRow[] {
    const read = entryReader(this.#stream, params, this.#drift.add, mask);
    const { stream, partition } = this.#unit;
    return ({ entries, requestId }) => {
      const rows: ExtractedRow[] = [];
      for (const entry of entries) {
        const position = ++this.#position;
        checkRequired(this.#source, entry);
        const row = read(entry);
        if ('hidden' in row) this.hidden++;
        else if ('rejected' in row) {
          this.rejected++;
          const { field } = row;
          this.#events.emit('entry.rejected', { stream, partition, position, field, requestId });
        } else rows.push(row);
      }
      this.#events.emit('page.read', { stream, partition, rows: entries.length });
      return rows;
    };
  }

  /** Tells what was odd, once the unit is read. */
  report(): void {
    this.#drift.report(this.#unit.stream, this.#events);
  }
}

function checkRequired({ requires }: Source, entry: unknown): void {
  if (requires === undefined) return;
  const value =
    typeof entry === 'object' && entry !== null ? (entry as Record<string, unknown>)[requires] : undefined;
  if (typeof value !== 'string') throw new UnsuitableSourceError(`its entries have no ${requires}`);
}

/** One report per field and kind, not one per entry. */
class DriftTally {
  readonly #counts = new Map<string, { field: string; expected: string; received: string; count: number }>();

  readonly add: DriftListener = (field, expected, received) => {
    const id = `${field}\t${received}`;
    const known = this.#counts.get(id);
    if (known !== undefined) known.count++;
    else this.#counts.set(id, { field, expected, received, count: 1 });
  };

  report(stream: string, events: EventBus): void {
    for (const drift of this.#counts.values()) events.emit('schema.drift', { stream, ...drift });
  }
}
