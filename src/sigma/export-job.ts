/**
 * One export of element data: start it, ask until the result is there, read it as a stream, and start it anew where
 * the result is lost. What the answers of a download mean is told in the vendor's code and specification, and they do
 * not agree: 204 or an empty 200 or 404 while the job runs, 404 also once the result has expired (after an hour), a
 * page of HTML under a 200, a JSON envelope with a status of its own.
 */
import { ApiError, ExportError, NetworkError } from '../core/errors.ts';
import type { ExportClient } from './client.ts';
import type { Clock } from './clock.ts';
import { fileNameOf } from './file-name.ts';
import type { BodyStream } from './http.ts';
import type { ApiAnswer } from './outcome.ts';
import { envelopeOf, isHtml, readHead } from './result-head.ts';
import { means } from './status.ts';

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
  /** How long a job may run, in milliseconds; one that is started again has as long. */
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
/** After nothing but 404 for so long the export is started again; the last start is waited for until its timeout. */
const UNKNOWN_MS = 10 * 60_000;
/** A job that fails so often fails for a reason of its own. */
const MOST_STARTS = 3;
/** Pages of HTML in a row before the export is started again. */
const MOST_PAGES = 4;
/** Results that break off before they tell what they are, in a row. */
const MOST_CUTS = 5;
/** An internal error is repeated by a new export rather than by the same question. */
const PATIENCE = { 500: { maxAttempts: 2 } };

/** Starts an export. @throws ApiError (400: element, format or parameters are wrong), AuthError, NetworkError */
export async function startExport(request: ExportRequest, options: ExportJobOptions): Promise<ExportJob> {
  const { client, clock, timeoutMs, signal } = options;
  const where = { stream: request.stream, partition: request.partition };
  const queryIds: string[] = [];
  /** When Sigma last knew the query in use. */
  let knownAt = Number.NEGATIVE_INFINITY;
  /** A result that was there once and is not found any more has expired. */
  let wasThere = false;
  /** Empty files in a row. */
  let empties = 0;

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
    knownAt = clock.monotonic();
    wasThere = false;
  }

  function failure(
    message: string,
    requestId: string | undefined,
    advice: string | undefined,
    status?: number,
  ): ExportError {
    const context = { ...where, method: 'GET', path: pathOf(queryIds.at(-1) ?? ''), requestId, status };
    return new ExportError(message, { context, advice });
  }

  async function open(): Promise<Download> {
    let waitMs = FIRST_WAIT_MS;
    let pages = 0;
    let cuts = 0;
    let deadline = clock.monotonic() + timeoutMs;

    /** Starts again, unless that was done often enough; the new job has all the time there is. */
    async function again(error: Error): Promise<void> {
      if (queryIds.length >= MOST_STARTS) throw error;
      await start();
      waitMs = FIRST_WAIT_MS;
      deadline = clock.monotonic() + timeoutMs;
    }

    for (;;) {
      const answer = await ask();
      if ('chunks' in answer) {
        wasThere = true;
        return answer;
      }
      const { found, requestId } = answer;
      cuts = found === 'cut' ? cuts + 1 : 0;
      pages = found === 'page' ? pages + 1 : 0;
      if (found === 'cut' && cuts >= MOST_CUTS) throw answer.error;
      if (found === 'failed')
        await again(
          answer.error ?? failure('Sigma could not make the export.', requestId, CHECK_ELEMENT, 500),
        );
      else if (found === 'unknown' && isGone())
        await again(failure('The result of the export is gone.', requestId, RUN_AGAIN));
      else if (pages >= MOST_PAGES) {
        // A page of a proxy or of the renderer goes away, or the result is spoilt.
        pages = 0;
        await again(failure('Sigma sends a page of HTML instead of the data.', requestId, RUN_AGAIN));
      }
      if (clock.monotonic() >= deadline) {
        const minutes = Math.round(timeoutMs / 60_000);
        throw failure(`The export did not end within ${minutes} minutes.`, requestId, BE_PATIENT);
      }
      await clock.sleep(waitMs, signal);
      waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
    }
  }

  /** Asks for the result once. */
  async function ask(): Promise<Download | NoResult> {
    try {
      const path = pathOf(queryIds.at(-1) ?? '');
      const answer = await client.download(path, { ...where, signal, patience: PATIENCE });
      knownAt = clock.monotonic();
      return await resultOf(answer);
    } catch (error) {
      if (error instanceof CutResult) return { found: 'cut', error: error.error };
      if (!(error instanceof ApiError)) throw error;
      const { status, requestId } = error.context;
      if (means(status, 'no result')) return { found: 'unknown', requestId };
      if (means(status, 'internal')) return { found: 'failed', requestId, error };
      throw error;
    }
  }

  /** 404 comes both before a result is there and when it is gone. */
  function isGone(): boolean {
    if (wasThere) return true;
    return queryIds.length < MOST_STARTS && clock.monotonic() - knownAt > UNKNOWN_MS;
  }

  async function resultOf(answer: ApiAnswer): Promise<Download | NoResult> {
    const { stream, contentType, disposition, requestId } = answer;
    if (stream === undefined) return { found: 'running', requestId };
    const queryId = queryIds.at(-1) ?? '';
    const context = { ...where, path: pathOf(queryId), requestId };
    let isOpen = false;
    const { head, rest } = await readHead(stream, (cause) => {
      const broken = new NetworkError('The download broke off.', { cause, context, advice: RUN_AGAIN });
      return isOpen ? broken : new CutResult(broken);
    });
    isOpen = true;
    // JSON lines of no rows are an empty file, and so is what comes before a result; only the former is called a file.
    const isFile = disposition !== undefined || /ndjson|jsonl/i.test(contentType ?? '');
    if (head.length === 0) {
      // All other formats have a head or brackets at least; this one is believed when it is empty twice.
      const isEmpty = isFile && isJsonLines(request.body) && ++empties > 1;
      return isEmpty ? download(answer, queryId, rest) : { found: 'running', requestId };
    }
    const envelope = isFile ? undefined : envelopeOf(head);
    const isPage = isHtml(head, isFile);
    if (!isPage && envelope === undefined) return download(answer, queryId, rest);
    rest.cancel();
    if (isPage) return { found: 'page', requestId };
    if (envelope === 204) return { found: 'running', requestId };
    if (means(envelope, 'internal')) return { found: 'failed', requestId };
    throw failure('Sigma wrapped the result in an envelope, which is not understood.', requestId, undefined);
  }

  await start();
  return { queryIds, open };
}

function isJsonLines({ format }: ExportRequest['body']): boolean {
  return typeof format === 'object' && format !== null && 'type' in format && format.type === 'jsonl';
}

/** What came instead of a result. */
interface NoResult {
  readonly found: 'running' | 'unknown' | 'page' | 'failed' | 'cut';
  readonly requestId?: string | undefined;
  readonly error?: Error;
}

/** A result that broke off before it was handed out. */
class CutResult extends Error {
  readonly error: NetworkError;

  constructor(error: NetworkError) {
    super(error.message);
    this.error = error;
  }
}

const RUN_AGAIN = 'Run again later; Sigma may be busy.';
const CHECK_ELEMENT =
  'Open the element in Sigma: does it show data, and within the timeout of its connection?';
const BE_PATIENT = 'Allow it more time (timeout_minutes, --timeout), or export less at once.';

function download({ contentType, disposition }: ApiAnswer, queryId: string, body: BodyStream): Download {
  const fileName = fileNameOf(disposition);
  return { chunks: body, contentType, fileName, queryId, cancel: () => body.cancel() };
}

function pathOf(queryId: string): string {
  return `/v2/query/${encodeURIComponent(queryId)}/download`;
}
