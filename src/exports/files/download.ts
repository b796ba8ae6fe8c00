/** Saves a file of a workbook, a page, an element or a report: exported, streamed to the disk, read again where it breaks off. */
import { join, resolve } from 'node:path';
import { ExportError, InterruptedError, NetworkError } from '../../core/errors.ts';
import type { EventBus } from '../../core/events/bus.ts';
import type { ExportClient, SigmaClient } from '../../sigma/client.ts';
import type { Clock } from '../../sigma/clock.ts';
import { startExport } from '../../sigma/export-job.ts';
import type { Download } from '../../sigma/export-result.ts';
import { type DocumentId, resolveDocument } from '../../sigma/workbook-id.ts';
import type { DownloadFormat } from './download-formats.ts';
import { type DownloadRequest, downloadBody, downloadName, kindsOf } from './download-request.ts';
import { safeFileName } from './safe-file-name.ts';
import { checkTarget, saveFile } from './save-file.ts';

export interface DownloadOptions {
  readonly client: SigmaClient & ExportClient;
  readonly clock: Clock;
  readonly events: EventBus;
  readonly signal?: AbortSignal | undefined;
  readonly request: DownloadRequest;
  /** Sent with the request for the export and with nothing else. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The file; without it, the name that the server gives, in `directory`. */
  readonly output?: string | undefined;
  readonly directory: string;
  /** Replace a file that is there. */
  readonly overwrite: boolean;
  /** Time limit for Sigma to make the file, in milliseconds. */
  readonly timeoutMs: number;
}

/** A file that was saved. */
export interface SavedFile {
  readonly path: string;
  readonly bytes: number;
  /** The document of the file. */
  readonly document: DocumentId;
  /** Every query that was started for it; the last one gave the file. */
  readonly queryIds: readonly string[];
  /** Number of times that reading began: more than once if a connection broke. */
  readonly readings: number;
}

/** A connection that breaks so often is not given another try. */
const MOST_READINGS = 6;
const FIRST_WAIT_MS = 500;
/** Progress is reported four times a second at most. */
const TELL_EVERY_MS = 250;
/** Name of downloads in requests and errors. */
const STREAM = 'download';

/**
 * Downloads a file. Sigma serves no ranges of a result, so a download that breaks off is read again from its
 * beginning; if its export has expired meanwhile, it is started again.
 *
 * @throws ConfigError before any request, if the request makes no sense or `output` exists already; after it, if the
 * name that the server gave is taken. ExportError if Sigma sends something else, or the disk refuses the file. All
 * errors of the client.
 */
export async function downloadFile(options: DownloadOptions): Promise<SavedFile> {
  const { client, clock, events, signal, request, headers = {}, directory, overwrite, timeoutMs } = options;
  downloadBody(request);
  const name = downloadName(request);
  let path = options.output === undefined ? undefined : resolve(directory, options.output);
  if (path !== undefined) await checkTarget(path, overwrite);
  try {
    const document = await resolveDocument(client, request.documentId, kindsOf(request), { events, signal });
    const body = downloadBody({ ...request, kind: document.kind });
    const job = await startExport(
      { document, body, headers, stream: STREAM, partition: name },
      { client, clock, timeoutMs, signal },
    );
    for (let readings = 1; ; readings++) {
      const result = await job.open();
      try {
        path ??= await freePath(directory, result, request, overwrite);
        const chunks = counted(checkedFile(result.chunks, request.format), name, clock, events);
        const bytes = await saveFile(path, chunks, { overwrite });
        return { path, bytes, document, queryIds: job.queryIds, readings };
      } catch (error) {
        if (!(error instanceof NetworkError) || readings >= MOST_READINGS) throw error;
        events.emit('export.reread', { export: name, reading: readings + 1, error: error.message });
      } finally {
        result.cancel();
      }
      await clock.sleep(FIRST_WAIT_MS * 2 ** (readings - 1), signal);
    }
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
    throw new InterruptedError(error.message, {
      cause: error,
      advice: 'Nothing was kept. Run the same command to download it again.',
    });
  }
}

async function freePath(
  directory: string,
  { fileName = '' }: Download,
  request: DownloadRequest,
  overwrite: boolean,
): Promise<string> {
  const { format } = request;
  const name =
    safeFileName(fileName, format) ?? safeFileName(downloadName(request), format) ?? `download.${format}`;
  const path = join(directory, name);
  await checkTarget(path, overwrite);
  return path;
}

async function* counted(
  chunks: AsyncIterable<Buffer>,
  name: string,
  clock: Clock,
  events: EventBus,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  let toldAt = Number.NEGATIVE_INFINITY;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (clock.monotonic() - toldAt >= TELL_EVERY_MS) {
      events.emit('export.progress', { export: name, bytes });
      toldAt = clock.monotonic();
    }
    yield chunk;
  }
  events.emit('export.progress', { export: name, bytes });
}

/** Beginnings in bytes; an Excel file is a ZIP archive. */
const BYTES: Partial<Readonly<Record<DownloadFormat, Buffer>>> = {
  pdf: Buffer.from('%PDF-'),
  png: Buffer.from('89504e470d0a1a0a', 'hex'),
  xlsx: Buffer.from('504b0304', 'hex'),
};
/** Beginnings in text. A CSV may begin with anything. */
const TEXT: Partial<Readonly<Record<DownloadFormat, RegExp>>> = {
  json: /^\ufeff?\s*[[{]/,
  jsonl: /^\ufeff?\s*(?:\{|$)/,
};
const HEAD = 64;

/**
 * Passes the chunks of a file on. Sigma, or a proxy, may send something else under its name.
 *
 * @throws ExportError where it does not begin as its format wants it.
 */
async function* checkedFile(chunks: AsyncIterable<Buffer>, format: DownloadFormat): AsyncGenerator<Buffer> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (head === undefined) {
      yield chunk;
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length < HEAD) continue;
    check(head, format);
    yield head;
    head = undefined;
  }
  if (head === undefined) return;
  check(head, format);
  if (head.length > 0) yield head;
}

function check(head: Buffer, format: DownloadFormat): void {
  const bytes = BYTES[format];
  const isRight = bytes === undefined || head.subarray(0, bytes.length).equals(bytes);
  if (isRight && (TEXT[format]?.test(head.toString()) ?? true)) return;
  const begin = JSON.stringify(head.subarray(0, 8).toString('latin1'));
  const is = head.length === 0 ? 'it is empty' : `it begins with ${begin}`;
  throw new ExportError(`Sigma did not send a ${format} file: ${is}. Nothing was kept.`, {
    advice: 'Try again, or export the same by hand in Sigma to see if that works.',
  });
}
