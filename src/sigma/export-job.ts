/**
 * One export of a document or its data: start it, ask until the result is there, and start it again if the result is
 * lost.
 */
import { ApiError, ExportError } from '../core/errors.ts';
import type { ExportClient } from './client.ts';
import type { Clock } from './clock.ts';
import {
  type Asked,
  type Download,
  exportFailure,
  type FailureFacts,
  type NoResult,
  RUN_AGAIN,
  resultOf,
  resultPath,
} from './export-result.ts';
import { segment } from './segment.ts';
import { means } from './status.ts';
import type { DocumentId } from './workbook-id.ts';

/** A request for an export. */
export interface ExportRequest {
  readonly document: DocumentId;
  /** The JSON body: format, element, parameters, limits. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Sent with the request for the export and with nothing else. */
  readonly headers?: Readonly<Record<string, string>>;
  /** For counters, events and errors. */
  readonly stream: string;
  readonly partition?: string | undefined;
}

/** Values that jobs share. */
export interface ExportJobOptions {
  readonly client: ExportClient;
  readonly clock: Clock;
  /** Time limit of a job, in milliseconds; a restarted job has as long again. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
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
/** Empty files in a row before they are believed: of JSON lines, and of other formats. */
const [EMPTY_LINES, EMPTY_FILES] = [2, 5] as const;
/** Results that break off before they tell what they are, in a row. */
const MOST_CUTS = 5;
/** An internal error is repeated by a new export rather than by the same question. */
const PATIENCE = { 500: { maxAttempts: 2 } };

const CHECK_ELEMENT =
  'Open the element in Sigma: does it show data, and within the timeout of its connection?';
const BE_PATIENT = 'Allow it more time (timeout_minutes, --timeout), or export less at once.';

/** Starts an export. @throws ApiError (400: element, format or parameters are wrong), AuthError, NetworkError */
export async function startExport(request: ExportRequest, options: ExportJobOptions): Promise<ExportJob> {
  const job = new Job(request, options);
  await job.start();
  return job;
}

class Job implements ExportJob {
  readonly queryIds: string[] = [];
  readonly #request: ExportRequest;
  readonly #options: ExportJobOptions;
  readonly #where: { readonly stream: string; readonly partition: string | undefined };
  /** The last time Sigma knew the query in use. */
  #knownAt = Number.NEGATIVE_INFINITY;
  /** A result that was there once and is not found any more has expired. */
  #wasThere = false;

  constructor(request: ExportRequest, options: ExportJobOptions) {
    this.#request = request;
    this.#options = options;
    this.#where = { stream: request.stream, partition: request.partition };
  }

  async start(): Promise<void> {
    const { document, body, headers = {} } = this.#request;
    const { client, clock, signal } = this.#options;
    const where = this.#where;
    const path = `/v2/${document.kind}s/${segment(document.id)}/export`;
    const options = { ...where, signal, headers, patience: PATIENCE };
    const answer = await client.requestExport(path, body, options);
    const queryId = queryIdOf(answer.body);
    if (queryId === undefined) {
      const context = { ...where, path, method: 'POST', requestId: answer.requestId };
      throw new ExportError('Sigma began no export: its answer has no queryId.', { context });
    }
    this.queryIds.push(queryId);
    this.#knownAt = clock.monotonic();
    this.#wasThere = false;
  }

  async open(): Promise<Download> {
    const { clock, timeoutMs, signal } = this.#options;
    let waitMs = FIRST_WAIT_MS;
    let pages = 0;
    let cuts = 0;
    const empties = new Empties();
    let deadline = clock.monotonic() + timeoutMs;

    /** Starts again, unless that was done often enough; the new job has all the time there is. */
    const again = async (error: Error): Promise<void> => {
      if (this.queryIds.length >= MOST_STARTS) throw error;
      await this.start();
      waitMs = FIRST_WAIT_MS;
      deadline = clock.monotonic() + timeoutMs;
    };

    for (;;) {
      const answer = await this.#ask();
      if ('chunks' in answer) {
        this.#wasThere = true;
        return answer;
      }
      const { found, requestId } = answer;
      cuts = found === 'cut' ? cuts + 1 : 0;
      pages = found === 'page' ? pages + 1 : 0;
      if (found === 'cut' && cuts >= MOST_CUTS) throw answer.error;
      if (empties.areBelieved(answer, this.#asked.isJsonLines, clock.monotonic())) {
        // JSON lines of no rows are an empty file; all other formats have a head or brackets at least.
        if (answer.found === 'empty' && this.#asked.isJsonLines) return answer.file;
        const message = 'Sigma wrote a file of 0 bytes, without even a header.';
        await again(this.#failure(message, { requestId, advice: CHECK_ELEMENT }));
      }
      if (found === 'failed') {
        const facts = { requestId, advice: CHECK_ELEMENT, status: 500 };
        await again(answer.error ?? this.#failure('Sigma could not make the export.', facts));
      } else if (found === 'unknown' && this.#isGone()) {
        await again(this.#failure('The result of the export is gone.', { requestId, advice: RUN_AGAIN }));
      } else if (pages >= MOST_PAGES) {
        // A page of a proxy or of the renderer goes away, or the result is spoilt.
        pages = 0;
        const facts = { requestId, advice: RUN_AGAIN };
        await again(this.#failure('Sigma sends a page of HTML instead of the data.', facts));
      }
      if (clock.monotonic() >= deadline) {
        const minutes = Math.round(timeoutMs / 60_000);
        const facts = { requestId, advice: BE_PATIENT };
        throw this.#failure(`The export did not end within ${minutes} minutes.`, facts);
      }
      await clock.sleep(waitMs, signal);
      waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
    }
  }

  /** Asks for the result once. */
  async #ask(): Promise<Download | NoResult> {
    const { client, clock, signal } = this.#options;
    const asked = this.#asked;
    try {
      const options = { ...this.#where, signal, patience: PATIENCE };
      const answer = await client.download(resultPath(asked.queryId), options);
      this.#knownAt = clock.monotonic();
      return await resultOf(answer, asked);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const { status, requestId } = error.context;
      if (means(status, 'no result')) return { found: 'unknown', requestId };
      if (means(status, 'internal')) return { found: 'failed', requestId, error };
      throw error;
    }
  }

  /** 404 comes both before a result is there and when it is gone. */
  #isGone(): boolean {
    if (this.#wasThere) return true;
    const unknownMs = this.#options.clock.monotonic() - this.#knownAt;
    return this.queryIds.length < MOST_STARTS && unknownMs > UNKNOWN_MS;
  }

  #failure(message: string, facts: FailureFacts): ExportError {
    return exportFailure(this.#asked, message, facts);
  }

  get #asked(): Asked {
    const queryId = this.queryIds.at(-1) ?? '';
    return { where: this.#where, queryId, isJsonLines: isJsonLines(this.#request.body) };
  }
}

/** Empty files in a row. The answer before a result is empty as well, so one empty file alone is not believed. */
class Empties {
  #count = 0;
  #since = 0;

  /** Takes the next answer; true where it is an empty file, and enough came before it. */
  areBelieved(answer: NoResult, isJsonLines: boolean, now: number): boolean {
    if (answer.found !== 'empty') this.#count = 0;
    else if (++this.#count === 1) this.#since = now;
    if (answer.found !== 'empty' || this.#count < (isJsonLines ? EMPTY_LINES : EMPTY_FILES)) return false;
    // Only a name tells a file from what a job that runs may answer.
    if (!isJsonLines && !answer.isNamed && now - this.#since < UNKNOWN_MS) return false;
    this.#count = 0;
    return true;
  }
}

function queryIdOf(body: unknown): string | undefined {
  const id = typeof body === 'object' && body !== null && 'queryId' in body ? body.queryId : undefined;
  return typeof id === 'string' && id !== '' ? id : undefined;
}

function isJsonLines({ format }: ExportRequest['body']): boolean {
  return typeof format === 'object' && format !== null && 'type' in format && format.type === 'jsonl';
}
