/**
 * One export of element data: start it, ask until the result is there, read it as a stream, and start it anew where
 * the result is lost. What the answers of a download mean is told in the vendor's code and specification, and they do
 * not agree: 204 or an empty 200 or 404 while the job runs, 404 also once the result has expired (after an hour), a
 * page of HTML under a 200, a JSON envelope with a status of its own.
 */
import { ApiError, type ErrorContext, ExportError, NetworkError } from '../errors.ts';
import type { ExportClient } from './client.ts';
import type { Clock } from './clock.ts';
import type { BodyStream } from './http.ts';
import type { ApiAnswer } from './outcome.ts';
import { envelopeOf, isHtml, readHead } from './result-head.ts';

/** What to export. */
export interface ExportRequest {
  readonly workbookId: string;
  /** The JSON body: format, element, parameters, limits. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Sent with the request for the export and with nothing else. */
  readonly headers?: Readonly<Record<string, string>>;
  /** For counters, events and errors. */
  readonly stream: string;
  readonly partition?: string | undefined;
}

/** What jobs share. */
export interface ExportJobOptions {
  readonly client: ExportClient;
  readonly clock: Clock;
  /** How long a job may run, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

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

/** An export under way. */
export interface ExportJob {
  /** Every query that was started for it, the last one being in use. */
  readonly queryIds: readonly string[];
  /**
   * Waits for the result. Call it again for a second reading, for instance after a connection that broke: the result
   * is kept for an hour, and the export is started again where it is gone.
   *
   * @throws ExportError where Sigma can't make it; ApiError, AuthError, NetworkError, InterruptedError.
   */
  open(): Promise<Download>;
}

/** Waits between two questions, in milliseconds: doubled from the first to the last. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;
/** Nothing but 404 for so long is no job that is about to begin. */
const UNKNOWN_MS = 10 * 60_000;
/** A result is kept for an hour; one that is nearly as old and not found has expired. */
const KEPT_MS = 58 * 60_000;
/** A job that fails so often fails for a reason of its own. */
const MOST_STARTS = 3;
/** Connections that break in a row before that is a failure. */
const MOST_BREAKS = 5;
/** Pages of HTML in a row before the export is started again. */
const MOST_PAGES = 4;
/** An internal error is repeated by a new export rather than by the same question. */
const PATIENCE = { 500: { maxAttempts: 2 } };

/** Starts an export. @throws ApiError (400: element, format or parameters are wrong), AuthError, NetworkError */
export async function startExport(request: ExportRequest, options: ExportJobOptions): Promise<ExportJob> {
  const { client, clock, timeoutMs, signal } = options;
  const where = { stream: request.stream, partition: request.partition };
  const queryIds: string[] = [];
  let startedAt = 0;
  /** A result that was there once and is not found any more has expired. */
  let wasThere = false;

  async function start(): Promise<void> {
    const path = `/v2/workbooks/${encodeURIComponent(request.workbookId)}/export`;
    const { headers = {} } = request;
    const answer = await client.requestExport(path, request.body, {
      ...where,
      signal,
      headers,
      patience: PATIENCE,
    });
    const { body } = answer;
    const queryId = typeof body === 'object' && body !== null && 'queryId' in body ? body.queryId : undefined;
    if (typeof queryId !== 'string' || queryId === '') {
      const context = { ...where, path, method: 'POST', requestId: answer.requestId };
      throw new ExportError('Sigma began no export: its answer has no queryId.', { context });
    }
    queryIds.push(queryId);
    startedAt = clock.now();
    wasThere = false;
  }

  /** Starts again, unless that was done often enough. */
  async function again(error: Error): Promise<void> {
    if (queryIds.length >= MOST_STARTS) throw error;
    await start();
  }

  function failure(message: string, requestId: string | undefined, advice?: string): ExportError {
    const context = { ...where, method: 'GET', path: pathOf(queryIds.at(-1) ?? ''), requestId };
    return new ExportError(message, { context, advice });
  }

  async function open(): Promise<Download> {
    let waitMs = FIRST_WAIT_MS;
    let pages = 0;
    let breaks = 0;
    for (let deadline = clock.now() + timeoutMs; ; ) {
      const queryId = queryIds.at(-1) ?? '';
      const path = pathOf(queryId);
      let answer: ApiAnswer;
      try {
        answer = await client.download(path, { ...where, signal, patience: PATIENCE });
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        const { status } = error.context;
        if (status === 500) await again(error);
        else if (status !== 404) throw error;
        else if (wasThere || clock.now() - startedAt > Math.min(KEPT_MS, UNKNOWN_MS, timeoutMs)) {
          await again(failure('The result of the export is gone.', error.context.requestId, RUN_AGAIN));
          deadline = clock.now() + timeoutMs;
        }
        waitMs = await pause(waitMs);
        continue;
      }
      let result: Awaited<ReturnType<typeof resultOf>>;
      try {
        result = await resultOf(answer, queryId);
      } catch (error) {
        // The connection broke within the first bytes.
        if (!(error instanceof NetworkError) || ++breaks >= MOST_BREAKS) throw error;
        waitMs = await pause(waitMs);
        continue;
      }
      if (result === 'page') {
        // A page of a proxy or of the renderer instead of data; it goes away, or the result is spoilt.
        if (++pages % MOST_PAGES === 0)
          await again(
            failure('Sigma sends a page of HTML instead of the data.', answer.requestId, RUN_AGAIN),
          );
      } else if (result === 'failed') {
        await again(failure('Sigma could not make the export.', answer.requestId, CHECK_ELEMENT));
      } else if (result !== 'running') {
        wasThere = true;
        return result;
      }
      if (clock.now() > deadline) {
        const minutes = Math.round(timeoutMs / 60_000);
        throw failure(
          `The export did not end within ${minutes} minutes.`,
          answer.requestId,
          'Raise timeout_minutes, or make the windows of the export smaller.',
        );
      }
      waitMs = await pause(waitMs);
    }
  }

  async function pause(waitMs: number): Promise<number> {
    await clock.sleep(waitMs, signal);
    return Math.min(LONGEST_WAIT_MS, waitMs * 2);
  }

  async function resultOf(
    answer: ApiAnswer,
    queryId: string,
  ): Promise<Download | 'running' | 'page' | 'failed'> {
    const { stream, contentType, disposition, requestId } = answer;
    if (stream === undefined) return 'running';
    const broken = (error: unknown): Error => cut(error, { ...where, path: pathOf(queryId), requestId });
    const { head, rest } = await readHead(stream, broken);
    // JSON lines of no rows are an empty file, and so is what comes before a result; only the former is called a file.
    const isFile = disposition !== undefined || /ndjson|jsonl/i.test(contentType ?? '');
    if (head.length === 0) return isFile ? download(answer, queryId, rest) : 'running';
    if (isHtml(head, isFile && !/html/i.test(contentType ?? ''))) {
      rest.cancel();
      return 'page';
    }
    const envelope = isFile ? undefined : envelopeOf(head);
    if (envelope === undefined) return download(answer, queryId, rest);
    rest.cancel();
    if (envelope === 204) return 'running';
    if (envelope === 500) return 'failed';
    throw failure('Sigma wrapped the result in an envelope, which is not understood.', requestId);
  }

  await start();
  return { queryIds, open };
}

const RUN_AGAIN = 'Run again later; Sigma may be busy.';
const CHECK_ELEMENT =
  'Open the element in Sigma: does it show data, and within the timeout of its connection?';

function download({ contentType, disposition }: ApiAnswer, queryId: string, body: BodyStream): Download {
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(disposition ?? '')?.[1];
  const plain = /filename="([^"]*)"/i.exec(disposition ?? '')?.[1];
  const fileName = encoded === undefined ? plain : decoded(encoded);
  return { chunks: body, contentType, fileName, queryId, cancel: () => body.cancel() };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function pathOf(queryId: string): string {
  return `/v2/query/${encodeURIComponent(queryId)}/download`;
}

function cut(error: unknown, context: ErrorContext): Error {
  return new NetworkError('The download broke off.', { cause: error, context, advice: RUN_AGAIN });
}
