/**
 * Reads a few pages of every endpoint that a stream declares, and keeps of them names of fields, kinds of values and
 * counts. Entries themselves are kept only while children are asked for by their ids.
 */
import { ApiError, InterruptedError, NetworkError } from '../../core/errors.ts';
import { isPlainObject } from '../../core/plain-object.ts';
import { fill } from '../../extractors/extract.ts';
import {
  type Endpoint,
  type PartitionKind,
  type Source,
  type Stream,
  waysOf,
} from '../../extractors/stream.ts';
import type { SigmaClient } from '../../sigma/client.ts';
import { decodeToken } from '../../sigma/paging.ts';
import { segment } from '../../sigma/segment.ts';
import { statusOf } from '../../sigma/status.ts';
import { count, type Kind, type Kinds, kindOf } from './kinds.ts';

/** An answer without its values: what came of one question. */
export interface Asked {
  /** Undefined where there was no answer. */
  readonly status: number | undefined;
  readonly body: unknown;
}

/** The observation of an endpoint. */
export interface Observation {
  readonly stream: Stream;
  readonly endpoint: Endpoint;
  /** Answers by status; `no answer` where there was none. */
  readonly statuses: Map<string, number>;
  pages: number;
  entries: number;
  /** Bodies that were lists, and so had no pages. */
  bare: number;
  /** Fields beside the entries of a page. */
  readonly beside: Map<string, Kinds>;
  readonly fields: Map<string, Kinds>;
  /** Fields that derived columns are made of. */
  readonly used: Set<string>;
}

/** A row as children are asked for: its values by column. */
type Sample = ReadonlyMap<string, unknown>;
type Fields = Readonly<Record<string, unknown>>;

/** Entries kept of each stream, parents that are asked for, pages read of each. */
const SAMPLES = 60;
const PARENTS = 4;
const PAGES = 3;
/** Small ones show tokens, too; listings by token are seldom long. */
const PAGE_SIZE = 15;
const TOKEN_PAGE_SIZE = 2;
/** A refused request is reported, not repeated. */
const PATIENCE = Object.fromEntries([429, 500, 502, 503, 504].map((s) => [s, { maxAttempts: 2 }]));

/** Reads for a probe. */
export class Observer {
  readonly #client: SigmaClient;
  readonly #signal: AbortSignal | undefined;
  readonly #samples = new Map<string, Sample[]>();
  /** By path. */
  readonly observations = new Map<string, Observation>();

  constructor(client: SigmaClient, signal?: AbortSignal) {
    this.#client = client;
    this.#signal = signal;
  }

  /** Asks once. A refusal is an answer. @throws AuthError, InterruptedError */
  async ask(path: string, query: Readonly<Record<string, string>> = {}): Promise<Asked> {
    try {
      const signal = this.#signal;
      const { status, body } = await this.#client.get(path, { query, signal, patience: PATIENCE });
      return { status, body };
    } catch (error) {
      if (error instanceof InterruptedError) throw error;
      if (error instanceof ApiError) return { status: statusOf(error), body: undefined };
      if (error instanceof NetworkError) return { status: undefined, body: undefined };
      throw error;
    }
  }

  /** Values of a column in what was read of a stream; they are for further questions, and never shown. */
  values(stream: string, column: string): string[] {
    const rows = this.#samples.get(stream) ?? [];
    return rows.map((row) => row.get(column)).filter((value) => typeof value === 'string');
  }

  /** Two columns of the rows that have both, likewise. */
  pairs(stream: string, one: string, other: string): (readonly [string, string])[] {
    return (this.#samples.get(stream) ?? []).flatMap((row) => {
      const [a, b] = [row.get(one), row.get(other)];
      return typeof a === 'string' && typeof b === 'string' ? [[a, b] as const] : [];
    });
  }

  /** Reads every endpoint of a stream; its parents come first. */
  async observe(stream: Stream): Promise<void> {
    if (stream.partitions === undefined) {
      for (const source of stream.sources) await this.#read(stream, source, {}, new Map());
      return;
    }
    // Objects that a stream itself names, such as those of grants, are no parent to begin with.
    for (const kind of waysOf(stream).filter(({ parent }) => parent !== stream.name))
      for (const parent of this.#parents(kind))
        for (const source of kind.sources ?? stream.sources) {
          const value = String(parent.get(kind.parentColumn));
          await this.#read(stream, source, { [kind.param]: value }, parent);
        }
  }

  /** Some rows of the parent, from all over what was read of it. */
  #parents({ parent, parentColumn, unless }: PartitionKind): Sample[] {
    const able = (this.#samples.get(parent) ?? []).filter(
      (row) =>
        typeof row.get(parentColumn) === 'string' && (unless === undefined || row.get(unless) !== true),
    );
    const step = Math.max(1, Math.floor(able.length / PARENTS));
    return able.filter((_, index) => index % step === 0).slice(0, PARENTS);
  }

  async #read(stream: Stream, source: Source, params: Record<string, string>, parent: Sample): Promise<void> {
    const { forEach } = source;
    if (forEach === undefined) {
      for (const listing of source.listings) await this.#list(stream, listing, params);
      return;
    }
    const isOfParent = (row: Sample): boolean =>
      Object.entries(params).every(([name, value]) => {
        const column = stream.columns.find((one) => one.source === name)?.name ?? '';
        return !parent.has(column) || row.get(column) === undefined || row.get(column) === value;
      });
    const rows = (this.#samples.get(forEach.stream) ?? []).filter(isOfParent);
    for (const row of rows.slice(0, PARENTS)) {
      const value = row.get(forEach.column);
      if (typeof value !== 'string') continue;
      for (const listing of source.listings)
        await this.#list(stream, listing, { ...params, [forEach.param]: value });
    }
  }

  async #list(stream: Stream, endpoint: Endpoint, params: Readonly<Record<string, string>>): Promise<void> {
    const seen = this.#observationOf(stream, endpoint);
    const path = fill(endpoint.path, params, segment);
    const declared = Object.entries(endpoint.query ?? {});
    const query = Object.fromEntries(declared.map(([name, to]) => [name, fill(to, params, (text) => text)]));
    const [size, next] = endpoint.paging === 'pageToken' ? ['pageSize', 'pageToken'] : ['limit', 'page'];
    const isPaged = endpoint.paging === 'page' || endpoint.paging === 'pageToken';
    const most = endpoint.paging === 'pageToken' ? TOKEN_PAGE_SIZE : PAGE_SIZE;
    let token: string | undefined;
    for (let page = 0; page < PAGES; page++) {
      const paging = isPaged
        ? { [size]: String(most), ...(token !== undefined && { [next]: decodeToken(token) }) }
        : {};
      const { status, body } = await this.ask(path, { ...query, ...paging });
      count(seen.statuses, status === undefined ? 'no answer' : String(status));
      if (status === undefined || status >= 300) return;
      seen.pages++;
      for (const entry of entriesOf(body, endpoint, seen)) this.#note(stream, seen, entry, params);
      const found = isPlainObject(body) ? (body['nextPage'] ?? body['nextPageToken']) : undefined;
      if (!isPaged || typeof found !== 'string' || found === '') return;
      token = found;
    }
  }

  #observationOf(stream: Stream, endpoint: Endpoint): Observation {
    const known = this.observations.get(endpoint.path);
    if (known !== undefined) return known;
    const made = {
      ...{ stream, endpoint, pages: 0, entries: 0, bare: 0 },
      ...{ statuses: new Map(), beside: new Map(), fields: new Map(), used: new Set<string>() },
    };
    this.observations.set(endpoint.path, made);
    return made;
  }

  #note(stream: Stream, seen: Observation, entry: unknown, params: Readonly<Record<string, string>>): void {
    // An error may stand in the place of a file.
    if (!isPlainObject(entry) || ('code' in entry && 'message' in entry)) return;
    seen.entries++;
    noteKinds(seen.fields, entry);
    const samples = this.#samples.get(stream.name) ?? [];
    this.#samples.set(stream.name, samples);
    if (samples.length >= SAMPLES) return;
    const value = ({ source, derive }: Stream['columns'][number]): unknown =>
      params[source] ?? derive?.(watched(entry, seen.used), params) ?? entry[source];
    samples.push(new Map(stream.columns.map((column) => [column.name, value(column)])));
  }
}

/** The entry, which notes what is read of it; not where all of it is. */
function watched(entry: Fields, used: Set<string>): Fields {
  let all = false;
  return new Proxy(entry, {
    ownKeys(target) {
      all = true;
      return Reflect.ownKeys(target);
    },
    get(target, name, receiver) {
      if (!all && typeof name === 'string') used.add(name);
      return Reflect.get(target, name, receiver) as unknown;
    },
  });
}

function entriesOf(body: unknown, endpoint: Endpoint, seen: Observation): readonly unknown[] {
  if (Array.isArray(body)) {
    seen.bare++;
    return body;
  }
  if (!isPlainObject(body)) return [];
  if (endpoint.paging === 'object') return endpoint.entries?.(body) ?? [body];
  const { entries, ...beside } = body;
  noteKinds(seen.beside, beside);
  return Array.isArray(entries) ? entries : [];
}

function noteKinds(into: Map<string, Map<Kind, number>>, fields: Fields): void {
  for (const [name, value] of Object.entries(fields)) {
    const kinds = into.get(name) ?? new Map<Kind, number>();
    into.set(name, kinds);
    count(kinds, kindOf(value));
  }
}
