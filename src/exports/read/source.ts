/** Sigma's part in one window: the request of each page, and the format that works. */
import { ApiError, ExportError } from '../../core/errors.ts';
import type { EventBus } from '../../core/events/bus.ts';
import type { ExportClient } from '../../sigma/client.ts';
import type { Clock } from '../../sigma/clock.ts';
import { type ExportJob, startExport } from '../../sigma/export-job.ts';
import type { Download } from '../../sigma/export-result.ts';
import { means } from '../../sigma/status.ts';
import type { ExportDefinition } from '../decide/definition.ts';
import { controlValue, type TimeWindow } from '../decide/windows.ts';
import { oauthHeaders } from './oauth-headers.ts';

/** Makes the files of one export. */
export interface Source {
  /** Starts the export of a page early, and waits for its result. A failure shows when the page is opened. */
  prepare(window: TimeWindow | undefined, offset: number): Page;
}

export interface OpenFile {
  readonly download: Download;
  readonly format: 'csv' | 'json';
  /** JSON in the place of a CSV: its texts are to be taken as those of a CSV. */
  readonly isSubstitute?: boolean;
}

/** One file to come. */
export interface Page {
  /** The result that was waited for; called again, another reading of it. */
  open(): Promise<OpenFile>;
  /** Queries that were started for it. */
  queryIds(): readonly string[];
  /** For a page that nobody will open. */
  cancel(): void;
}

interface SourceOptions {
  readonly client: ExportClient;
  readonly clock: Clock;
  readonly events: EventBus;
  readonly signal: AbortSignal;
  /** Long id of the workbook. */
  readonly workbookId: string;
}

/** Name of an export in events and errors. */
export function streamOf({ name }: ExportDefinition): string {
  return `export ${name}`;
}

/** `2026-11-23T00:00:00Z/2026-11-24T00:00:00Z`. */
export function windowName(window: TimeWindow | undefined): string | undefined {
  if (window === undefined) return undefined;
  const text = (time: Date): string => time.toISOString().replace('.000Z', 'Z');
  return `${text(window.from)}/${text(window.to)}`;
}

export function openSource(definition: ExportDefinition, options: SourceOptions): Source {
  const { client, clock, events, signal, workbookId } = options;
  let format: 'csv' | 'jsonl' | 'json' = definition.format;

  function start(window: TimeWindow | undefined, offset: number, as: typeof format): Promise<ExportJob> {
    const request = {
      document: { kind: 'workbook', id: workbookId } as const,
      body: bodyOf(definition, window, offset, as),
      headers: oauthHeaders(definition),
      stream: streamOf(definition),
      partition: windowName(window),
    };
    return startExport(request, { client, clock, timeoutMs: definition.timeoutMs, signal });
  }

  /** The CSV of a pivot with totals is answered by 500, and its JSON works [vendor code]. */
  function fallBack(): void {
    if (format !== 'csv') return;
    format = 'json';
    const reason = 'Sigma could not write it as CSV';
    events.emit('api.degraded', { stream: streamOf(definition), from: 'csv', to: 'json', reason });
  }

  return {
    prepare(window, offset) {
      const jobs: ExportJob[] = [];
      let as = format;
      let job: Promise<ExportJob> | undefined;
      const begin = async (): Promise<ExportJob> => {
        as = format;
        const started = await start(window, offset, as);
        jobs.push(started);
        return started;
      };
      const openOnce = async (): Promise<OpenFile> => {
        job ??= begin();
        const isSubstitute = as !== definition.format;
        return { download: await (await job).open(), format: as === 'csv' ? 'csv' : 'json', isSubstitute };
      };
      const open = async (): Promise<OpenFile> => {
        try {
          return await openOnce();
        } catch (error) {
          if (as !== 'csv' || !isInternal(error)) throw error;
          fallBack();
          job = undefined;
          return openOnce();
        }
      };
      let early: Promise<OpenFile> | undefined = open();
      early.catch(() => undefined);
      return {
        open() {
          const first = early ?? open();
          early = undefined;
          return first;
        },
        queryIds: () => jobs.flatMap(({ queryIds }) => queryIds),
        cancel() {
          early?.then(({ download }) => download.cancel()).catch(() => undefined);
        },
      };
    },
  };
}

/** Sigma itself failed; a result that is late or lost says nothing about the format. */
function isInternal(error: unknown): boolean {
  return (
    (error instanceof ExportError || error instanceof ApiError) && means(error.context.status, 'internal')
  );
}

function bodyOf(
  definition: ExportDefinition,
  window: TimeWindow | undefined,
  offset: number,
  type: string,
): Record<string, unknown> {
  const { element, rowLimit, tag, exportAs, parameters, window: control } = definition;
  const range =
    window === undefined || control === undefined ? {} : { [control.control]: controlValue(window) };
  const all = { ...parameters, ...range };
  return {
    elementId: element,
    format: { type },
    rowLimit,
    // Not in the specification; the vendor's recipes send it.
    runAsynchronously: true,
    ...(offset === 0 ? {} : { offset }),
    ...(Object.keys(all).length === 0 ? {} : { parameters: all }),
    ...(tag === undefined ? {} : { tag }),
    ...(exportAs === undefined ? {} : { exportAs }),
  };
}
