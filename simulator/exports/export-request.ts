/** The body of an export request, read as strictly as the specification describes it. */
import { z } from 'zod';
import { issuesOf, Refusal } from '../http/answer.ts';
import { HOUR } from '../store/entry.ts';

/** An element is exported in every format. */
const OF_PAGES: readonly string[] = ['xlsx', 'pdf', 'png'];
const OF_WORKBOOKS: readonly string[] = ['xlsx', 'pdf'];
/** Seconds. */
const timeout = z.number().min(0).optional();
const tag = z.string().min(1).optional();
const validity = z
  .int()
  .min(1)
  .max(6 * HOUR)
  .default(HOUR);
const layout = z.enum(['portrait', 'landscape']);
const values = z.record(z.string(), z.string()).default({});

/**
 * A field that is not known is refused, though the specification would let it pass: it is more likely misspelt than
 * meant. So is a page together with an element.
 */
const fields = z.strictObject({
  /** Without it the export is of a page or, without `pageId` as well, of the whole workbook. */
  elementId: z.string().min(1).optional(),
  pageId: z.string().min(1).optional(),
  format: z.discriminatedUnion('type', [
    z.strictObject({ type: z.enum(['csv', 'jsonl', 'json', 'xlsx']) }),
    z.strictObject({ type: z.literal('pdf'), layout }),
    z.strictObject({
      type: z.literal('png'),
      pixelWidth: z.number().optional(),
      pixelHeight: z.number().optional(),
    }),
  ]),
  parameters: values,
  /** Only the example of the specification has it, not its schema; taken for `parameters`. */
  filters: values,
  rowLimit: z.int().min(1).optional(),
  offset: z.int().min(0).default(0),
  timeout,
  tag,
  exportAs: z.string().min(1).optional(),
  runAsynchronously: z.boolean().default(false),
  resultsValidityTimeMs: validity,
});
const exportRequest = fields.superRefine(({ elementId, pageId, format: { type } }, { addIssue }) => {
  const refuse = (path: string[], message: string): void => addIssue({ code: 'custom', path, message });
  if (elementId !== undefined) {
    if (pageId !== undefined) refuse(['pageId'], 'an export is of an element or of a page, not of both');
  } else if (pageId !== undefined) {
    if (!OF_PAGES.includes(type))
      refuse(['format', 'type'], `a page is exported as xlsx, pdf or png; ${type} needs an elementId`);
  } else if (!OF_WORKBOOKS.includes(type)) {
    const needed = OF_PAGES.includes(type) ? 'an elementId or a pageId' : 'an elementId';
    refuse(['format', 'type'], `a whole workbook is exported as xlsx or pdf; ${type} needs ${needed}`);
  }
});
export type ExportRequest = z.output<typeof exportRequest>;

/** The request for a report: a PDF of the whole, and no page, element, row limit or member to export as. [SDK] */
const reportRequest = z
  .strictObject({
    format: z.strictObject({ type: z.literal('pdf'), layout }),
    parameters: values,
    timeout,
    tag,
    // The description has it, the schema does not.
    resultsValidityTimeMs: validity,
  })
  .transform((request): ExportRequest => ({ ...request, filters: {}, offset: 0, runAsynchronously: false }));

/** Valid requests for an export, by the kind of the document. */
const EXPORT_REQUESTS = { workbook: exportRequest, report: reportRequest } as const;

/** @throws Refusal 400 that names the field. */
export function readExportRequest(
  body: string,
  contentType: string | undefined,
  kind: keyof typeof EXPORT_REQUESTS = 'workbook',
): ExportRequest {
  if (!/^application\/json\b/i.test(contentType ?? ''))
    throw new Refusal(400, 'the body must be application/json');
  const read = EXPORT_REQUESTS[kind].safeParse(parsed(body));
  if (!read.success) throw new Refusal(400, issuesOf(read.error));
  return read.data;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new Refusal(400, 'the body is not JSON');
  }
}
