/**
 * An organization as the syncs can have seen it, from its truth alone: the rows that are there, the
 * contents of an archived document when it was last open, and the last image of every row that is gone.
 */

import type { Organization } from '../../../simulator/organization.ts';
import { placeOfTable } from '../../../simulator/streams/shared/table-places.ts';
import { catalogue } from '../../../src/extractors/catalogue.ts';

/** An entry as the API gives it. */
export type Entry = Readonly<Record<string, unknown>>;
/** A row of a model. */
export type Row = Record<string, unknown>;

/** Ids of documents whose children the API refuses once they are archived, by their stream. */
const DOCUMENTS = {
  workbooks: 'workbookId',
  reports: 'reportId',
  data_models: 'dataModelId',
  datasets: 'datasetId',
} as const;

/** The kinds of documents: as models call them, their stream, what the streams of their parts begin with, and their id. */
export const KINDS = [
  { type: 'workbook', rows: 'workbooks', prefix: 'workbook', id: 'workbookId' },
  { type: 'report', rows: 'reports', prefix: 'report', id: 'reportId' },
  { type: 'data-model', rows: 'data_models', prefix: 'data_model', id: 'dataModelId' },
] as const;

/** Streams of which the last image of what is gone matters, with what tells their entries apart. */
const REMEMBERED: Readonly<Record<string, readonly string[]>> = {
  members: ['memberId'],
  teams: ['teamId'],
  workspaces: ['workspaceId'],
  files: ['id'],
  workbooks: ['workbookId'],
  reports: ['reportId'],
  workbook_elements: ['workbookId', 'elementId'],
  report_elements: ['reportId', 'elementId'],
  connections: ['connectionId'],
  connection_paths: ['urlId'],
  connection_path_grants: ['grantId'],
  data_models: ['dataModelId'],
  data_model_elements: ['dataModelId', 'elementId'],
  datasets: ['datasetId'],
  grants: ['grantId'],
};

/** The last image of something, and whether it is gone. */
export interface Image {
  readonly entry: Entry;
  readonly isGone: boolean;
}

/** Follows an organization from sync to sync. */
export class Seen {
  readonly #now = new Map<string, Entry[]>();
  readonly #ever = new Map<string, Map<string, Entry>>();

  /** To be called after each sync. */
  look(organization: Organization): void {
    const before = new Map(this.#now);
    for (const { name, optIn } of catalogue)
      if (optIn !== true) this.#now.set(name, organization.truth(name));
    for (const [stream, id] of Object.entries(DOCUMENTS)) {
      const archived = new Set(
        this.live(stream)
          .filter((one) => one['isArchived'] === true)
          .map((one) => one[id]),
      );
      for (const [child, entries] of before) {
        if (!child.startsWith(`${stream.slice(0, -1)}_`)) continue;
        this.#now.get(child)?.push(...entries.filter((entry) => archived.has(entry[id])));
      }
    }
    // Tables that archived documents name are looked up, too.
    const there = new Set(this.live('source_tables').map(({ inodeId }) => inodeId));
    for (const inodeId of this.#tablesNamed()) {
      const place = there.has(inodeId) ? undefined : placeOfTable(organization, String(inodeId));
      if (place !== undefined) this.live('source_tables').push({ inodeId, ...place });
    }
    for (const stream of Object.keys(REMEMBERED)) {
      const images = this.#ever.get(stream) ?? new Map<string, Entry>();
      for (const entry of this.live(stream)) images.set(keyOf(stream, entry), entry);
      this.#ever.set(stream, images);
    }
  }

  /** Tables that sources and lineage name, those of archived documents among them. */
  #tablesNamed(): Set<unknown> {
    const sources = ['workbook_sources', 'report_sources', 'data_model_sources', 'dataset_sources'];
    return new Set([
      ...sources.flatMap((stream) =>
        this.live(stream).flatMap(({ type, inodeId, tableId }) =>
          type === 'table' ? [inodeId ?? tableId] : [],
        ),
      ),
      ...['workbook_lineage', 'report_lineage', 'data_model_lineage'].flatMap((stream) =>
        this.live(stream).flatMap(({ sourceType, source }) => (sourceType === 'table' ? [source] : [])),
      ),
    ]);
  }

  /** Entries whose rows are there. A test that changes rows by hand changes these, too. */
  live(stream: string): Entry[] {
    const entries = this.#now.get(stream);
    if (entries === undefined) throw new Error(`${stream} was not looked at`);
    return entries;
  }

  /** Changes an entry in place of the simulator, which can't. */
  change(stream: string, id: string, value: unknown, patch: Entry): void {
    const entries = this.live(stream);
    const at = entries.findIndex((entry) => entry[id] === value);
    const entry = { ...entries[at], ...patch };
    if (at < 0) throw new Error(`${stream} has no ${id} ${value}`);
    entries[at] = entry;
    this.#ever.get(stream)?.set(keyOf(stream, entry), entry);
  }

  /** Live entries by a field; of several with the same value the last. */
  by(stream: string, id: string): Map<unknown, Entry> {
    return new Map(this.live(stream).map((entry) => [entry[id], entry]));
  }

  /** Everything that was ever there, by its id or ids, joined with a slash. */
  ever(stream: string): Map<unknown, Image> {
    const here = new Set(this.live(stream).map((entry) => keyOf(stream, entry)));
    const images = [...(this.#ever.get(stream) ?? [])];
    return new Map(images.map(([key, entry]) => [key, { entry, isGone: !here.has(key) }]));
  }
}

function keyOf(stream: string, entry: Entry): string {
  return (REMEMBERED[stream] ?? []).map((field) => entry[field]).join('/');
}

/** Order of the collation "C" for texts of the simulator. */
export const byText = (a: unknown, b: unknown): number => (String(a) < String(b) ? -1 : Number(a !== b));

/** The later of some times; null where there is none. They are ISO texts in UTC, all of one form. */
export function latest(times: Iterable<unknown>): string | null {
  const known = [...times].filter((time) => time != null).map(String);
  return known.sort().at(-1) ?? null;
}

/** First and last name, as far as they are known. */
export function nameOf(member: Entry | undefined): string | null {
  const names = [member?.['firstName'], member?.['lastName']].filter((name) => name != null);
  return names.join(' ') || null;
}

/** Groups entries by a field. */
export function grouped(entries: Iterable<Entry>, field: string): (value: unknown) => Entry[] {
  const groups = Map.groupBy(entries, (entry) => entry[field]);
  return (value) => groups.get(value) ?? [];
}
