/** Rows as a file: read part by part, as fast as they are taken, and broken off where they would not fit together. */
import { type Answer, isDown, type Problem } from '../data/ask.ts';
import type { Visit } from '../site.ts';
import { CSV_BEGIN, csvColumns, csvHead, csvRows } from '../view/csv.ts';
import type { Column } from '../view/table.ts';
import type { List } from './list.ts';
import { searchOf } from './list-page.ts';

/** A file that is made while it is read. */
export interface Download {
  /** Without its ending. */
  readonly name: string;
  readonly parts: AsyncIterable<string>;
}

/** Why there is no file. */
export type NoDownload = { readonly problem: Problem } | { readonly problem: 'none' };

/** Rows that are asked for at once. No transaction is held while a slow reader takes them. */
const PART_ROWS = 5000;

/** Rows that were read at once, and where to go on; `next` is undefined at the end. */
interface Part<T, Position> {
  readonly rows: readonly T[];
  readonly next: Position | undefined;
}

/**
 * A file of rows that are read part by part. The first part is read before there is a file, so that what is wrong can still
 * be said; what goes wrong later breaks the file off.
 *
 * @param read a part; undefined where there is nothing to read from yet.
 */
export async function csvOf<T, Position>(
  name: string,
  columns: readonly Column<T>[],
  read: (position: Position | undefined) => Promise<Answer<Part<T, Position> | undefined>>,
): Promise<Download | NoDownload> {
  const known = csvColumns(columns);
  const first = await read(undefined);
  if (first.problem !== undefined) return { problem: first.problem };
  if (first.value === undefined) return { problem: 'none' };
  const begin = first.value;
  async function* parts(): AsyncGenerator<string> {
    yield CSV_BEGIN + csvHead(known) + csvRows(known, begin.rows);
    for (let { next } = begin; next !== undefined; ) {
      const answer = await read(next);
      if (answer.problem !== undefined) throw new Error(answer.problem.reason);
      yield csvRows(known, answer.value?.rows ?? []);
      next = answer.value?.next;
    }
  }
  return { name, parts: parts() };
}

/** `GET` of the download of a list: the rows that its page shows with the same address, of all pages. */
export function listDownload<T>(visit: Visit, list: List<T>): Promise<Download | NoDownload> {
  const { site } = visit;
  const search = { ...searchOf(visit, list), page: 1 };
  let version: string | undefined;
  const columns = [...list.columns(site.now()), ...(list.more ?? [])];
  return csvOf<T, number>(nameOf(list), columns, async (offset = 0) => {
    const answer = await list.read(site, search, { limit: PART_ROWS, offset });
    if (answer.problem !== undefined || answer.value === undefined) return answer as Answer<undefined>;
    const { rows, total, version: its } = answer.value;
    // Better no file than one that has a row twice, and another never.
    if (version !== undefined && version !== its) throw new Error('The list changed during the download.');
    version = its;
    const end = offset + rows.length;
    return { value: { rows, next: rows.length > 0 && end < total ? end : undefined } };
  });
}

const nameOf = ({ path, file = path }: Pick<List<unknown>, 'path' | 'file'>): string =>
  file
    .slice(1)
    .replace(/\.csv$/, '')
    .replaceAll('/', '-');

/** The answer that carries the file. */
export function fileAnswer({ name, parts }: Download, now: Date): Response {
  const iterator = parts[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await iterator.next();
        if (done === true) controller.close();
        else controller.enqueue(encoder.encode(value));
      } catch (error) {
        controller.error(error);
      }
    },
    async cancel() {
      await iterator.return?.();
    },
  });
  const day = now.toISOString().slice(0, 10);
  return new Response(body, {
    headers: {
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': `attachment; filename="${name.replace(/[^\w.-]+/g, '-')}-${day}.csv"`,
    },
  });
}

/** Status of an answer without a file. */
export const noFileStatus = ({ problem }: NoDownload): number =>
  problem !== 'none' && isDown(problem) ? 503 : 404;
