/**
 * Interprets the answer to a request for a result. The vendor's code and specification disagree here. While the job
 * runs the API may send 204, an empty 200 or 404. It also sends 404 once the result has expired (after an hour).
 * Others met a page of HTML under a 200, and a JSON envelope with a status of its own.
 */
import { type ErrorContext, ExportError, NetworkError } from '../core/errors.ts';
import { fileNameOf } from './file-name.ts';
import type { BodyStream } from './http.ts';
import type { ApiAnswer } from './outcome.ts';
import { envelopeOf, isHtml, readHead } from './result-head.ts';
import { segment } from './segment.ts';
import { means } from './status.ts';

/** A result, as it comes over the wire. */
export interface Download {
  readonly chunks: AsyncIterable<Buffer>;
  readonly contentType: string | undefined;
  /** Name of the file, where the server gives one. */
  readonly fileName: string | undefined;
  readonly queryId: string;
  /** For a result that is not read to its end. */
  cancel(): void;
}

/** The answer instead of a result. */
export type NoResult =
  | { readonly found: 'running' | 'unknown' | 'page'; readonly requestId: string | undefined }
  | { readonly found: 'failed'; readonly requestId: string | undefined; readonly error?: Error }
  /** It broke off before its kind was known. */
  | { readonly found: 'cut'; readonly requestId?: undefined; readonly error: Error }
  /** A file of no bytes; what comes before a result looks much the same. */
  | {
      readonly found: 'empty';
      readonly requestId: string | undefined;
      readonly file: Download;
      /** It has a name, which nothing has that comes before a result. */
      readonly isNamed: boolean;
    };

/** The result that was asked for. */
export interface Asked {
  readonly where: Pick<ErrorContext, 'stream' | 'partition'>;
  readonly queryId: string;
  /** JSON lines of no rows are an empty file; all other formats have a head or brackets at least. */
  readonly isJsonLines: boolean;
}

export const RUN_AGAIN = 'Run again later; Sigma may be busy.';

/** Path of a query's result. */
export function resultPath(queryId: string): string {
  return `/v2/query/${segment(queryId)}/download`;
}

/** Known facts if there is no result. */
export interface FailureFacts {
  readonly requestId: string | undefined;
  readonly advice?: string;
  readonly status?: number;
}

/** The error of an export that gives no result. */
export function exportFailure(
  { where, queryId }: Asked,
  message: string,
  { requestId, advice, status }: FailureFacts,
): ExportError {
  const context = { ...where, method: 'GET', path: resultPath(queryId), requestId, status };
  return new ExportError(message, { context, advice });
}

/** Reads the beginning of an answer: is it a result? @throws ExportError where that is not clear. */
export async function resultOf(answer: ApiAnswer, asked: Asked): Promise<Download | NoResult> {
  const { stream, contentType, disposition, requestId } = answer;
  if (stream === undefined) return { found: 'running', requestId };
  const context = { ...asked.where, path: resultPath(asked.queryId), requestId };
  const broken = (cause: unknown): NetworkError =>
    new NetworkError('The download broke off.', { cause, context, advice: RUN_AGAIN });
  let begin: Awaited<ReturnType<typeof readHead>>;
  try {
    begin = await readHead(stream, broken);
  } catch (error) {
    if (error instanceof NetworkError) return { found: 'cut', error };
    throw error;
  }
  const { head, rest } = begin;
  // An answer before the result is not called a file.
  const isFile = disposition !== undefined || /ndjson|jsonl/i.test(contentType ?? '');
  if (head.length === 0) {
    const isNamed = disposition !== undefined;
    if (!isNamed && !/csv|ndjson|jsonl/i.test(contentType ?? '')) return { found: 'running', requestId };
    return { found: 'empty', requestId, file: download(answer, asked.queryId, rest), isNamed };
  }
  const envelope = isFile ? undefined : envelopeOf(head);
  const isPage = isHtml(head, isFile);
  if (!isPage && envelope === undefined) return download(answer, asked.queryId, rest);
  rest.cancel();
  if (isPage) return { found: 'page', requestId };
  if (envelope === 204) return { found: 'running', requestId };
  if (means(envelope, 'internal')) return { found: 'failed', requestId };
  throw exportFailure(asked, 'Sigma wrapped the result in an unknown envelope.', {
    requestId,
  });
}

function download({ contentType, disposition }: ApiAnswer, queryId: string, body: BodyStream): Download {
  const fileName = fileNameOf(disposition);
  return { chunks: body, contentType, fileName, queryId, cancel: () => body.cancel() };
}
