/** What a download asks Sigma for: which file of what, checked before anything is sent. */
import { ConfigError } from '../../core/errors.ts';
import { OF_REPORTS } from '../../sigma/ids.ts';
import type { DocumentKind } from '../../sigma/workbook-id.ts';
import type { DownloadFormat } from './download-formats.ts';

// What each format can be made of. [spec]
const OF_PAGES: readonly DownloadFormat[] = ['xlsx', 'pdf', 'png'];
const OF_WORKBOOKS: readonly DownloadFormat[] = ['xlsx', 'pdf'];
/** Formats that hold rows; the others are pictures of them. */
const OF_ROWS: readonly DownloadFormat[] = ['csv', 'jsonl', 'json', 'xlsx'];

/** A file of an element, of a page or, with neither, of the whole workbook or report. */
export interface DownloadRequest {
  /** Of a workbook or a report, short or long. */
  readonly documentId: string;
  /** Undefined where the id alone was given. */
  readonly kind: DocumentKind | undefined;
  readonly elementId?: string | undefined;
  readonly pageId?: string | undefined;
  readonly format: DownloadFormat;
  /** Of a PDF; default portrait. */
  readonly layout?: 'portrait' | 'landscape' | undefined;
  /** Of a PNG, in pixels; Sigma follows them as well as it can. */
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  /** Values of controls by their id. */
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  /** Version tag to export instead of what is published. */
  readonly tag?: string | undefined;
  /** Member whose rights apply. */
  readonly runAs?: string | undefined;
  /** Rows at most; Sigma gives a million at most. */
  readonly rowLimit?: number | undefined;
}

/** The body of the request. @throws ConfigError that names the flag and says what would work. */
export function downloadBody(request: DownloadRequest): Readonly<Record<string, unknown>> {
  check(request);
  const { elementId, pageId, format, layout, width, height, parameters, tag, runAs, rowLimit } = request;
  const fields = {
    elementId,
    pageId,
    format: {
      type: format,
      ...(format === 'pdf' ? { layout: layout ?? 'portrait' } : {}),
      ...defined({ pixelWidth: width, pixelHeight: height }),
    },
    parameters: Object.keys(parameters ?? {}).length === 0 ? undefined : parameters,
    tag,
    exportAs: runAs,
    rowLimit,
  };
  return defined(fields);
}

/** Name of the file where the server gives none, and of the download in events; without its extension. */
export function downloadName({ documentId, elementId, pageId }: DownloadRequest): string {
  return [documentId, elementId ?? pageId].filter((id) => id !== undefined).join('-');
}

/** Of what the id can be, by what is asked for: a report comes as a PDF of the whole, and in no other way. [SDK] */
export function kindsOf({ kind, elementId, pageId, format }: DownloadRequest): readonly DocumentKind[] {
  if (kind !== undefined) return [kind];
  const isWhole = elementId === undefined && pageId === undefined;
  return isWhole && format === 'pdf' ? ['workbook', 'report'] : ['workbook'];
}

function checkReport({ elementId, pageId, format, runAs }: DownloadRequest): void {
  const wrong =
    elementId !== undefined
      ? '--element'
      : pageId !== undefined
        ? '--page'
        : format !== 'pdf'
          ? `--format ${format}`
          : undefined;
  if (wrong !== undefined)
    throw new ConfigError(`${wrong} is not available for a report.`, {
      advice: `${OF_REPORTS}: ask for --format pdf alone.`,
    });
  if (runAs !== undefined)
    throw new ConfigError('--run-as works with workbooks only.', {
      advice: 'Sigma exports a report with the rights of the credentials: leave --run-as out.',
    });
}

function check(request: DownloadRequest): void {
  const { elementId, pageId, format, layout, width, height, rowLimit } = request;
  if (request.kind === 'report') checkReport(request);
  if (elementId !== undefined && pageId !== undefined)
    throw new ConfigError('--element and --page are alternatives.', {
      advice: 'Use --element alone: Sigma knows its page.',
    });
  if (elementId === undefined) {
    const [what, formats] = pageId === undefined ? ['whole workbook', OF_WORKBOOKS] : ['page', OF_PAGES];
    if (!formats.includes(format)) {
      const needed = pageId === undefined && OF_PAGES.includes(format) ? '--page or --element' : '--element';
      throw new ConfigError(`--format ${format} is not available for a ${what}.`, {
        advice: `Name what to export with ${needed}, or choose ${formats.join(' or ')}.`,
      });
    }
  }
  if (layout !== undefined && format !== 'pdf') throw onlyFor('--layout', ['pdf'], format);
  if (width !== undefined && format !== 'png') throw onlyFor('--width', ['png'], format);
  if (height !== undefined && format !== 'png') throw onlyFor('--height', ['png'], format);
  if (rowLimit !== undefined && !OF_ROWS.includes(format)) throw onlyFor('--row-limit', OF_ROWS, format);
}

function onlyFor(flag: string, formats: readonly DownloadFormat[], format: DownloadFormat): ConfigError {
  return new ConfigError(`${flag} works with --format ${formats.join(', ')} only, not with ${format}.`);
}

function defined(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
