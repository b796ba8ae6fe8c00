/** The body of an export request, read as strictly as the specification describes it. */
import { z } from 'zod';
import { Refusal } from './answer.ts';
import { issuesOf } from './issues.ts';

const HOUR = 3_600_000;
const values = z.record(z.string(), z.string()).default({});

/**
 * Exports of an element. Those of pages and whole workbooks are not simulated, and a field that is not known is
 * refused, though the specification would let it pass: it is more likely misspelt than meant.
 */
const exportRequest = z.strictObject({
  elementId: z.string().min(1),
  format: z.discriminatedUnion('type', [
    z.strictObject({ type: z.enum(['csv', 'jsonl', 'json', 'xlsx']) }),
    z.strictObject({ type: z.literal('pdf'), layout: z.enum(['portrait', 'landscape']) }),
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
  /** Seconds. */
  timeout: z.number().min(0).optional(),
  tag: z.string().min(1).optional(),
  exportAs: z.string().min(1).optional(),
  runAsynchronously: z.boolean().default(false),
  resultsValidityTimeMs: z
    .int()
    .min(1)
    .max(6 * HOUR)
    .default(HOUR),
});
export type ExportRequest = z.output<typeof exportRequest>;

/** @throws Refusal 400 that names the field. */
export function readExportRequest(body: string, contentType: string | undefined): ExportRequest {
  if (!/^application\/json\b/i.test(contentType ?? ''))
    throw new Refusal(400, 'the body must be application/json');
  const read = exportRequest.safeParse(parsed(body));
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
