/** Peculiarities of exports that last until they are switched off. All of them are off to begin with. */
import { z } from 'zod';

const flag = (text: string): z.ZodBoolean => z.boolean().describe(text);

export const exportSwitches = z.strictObject({
  running: z
    .enum(['204', 'empty-200', 'envelope-204', '404', 'mixed'])
    .describe('What a download answers while its job runs; default 204'),
  pivotCsv: z
    .enum(['works', 'export-500', 'download-500'])
    .describe('What becomes of the CSV of a pivot table with totals; JSON works always'),
  bom: flag('A byte-order mark in front of CSV'),
  crlf: flag('Lines end with CR LF'),
  trailingBlankLines: z
    .int()
    .min(0)
    .max(100)
    .describe('Blank lines behind the last row of CSV and JSON lines'),
  formatted: flag('Numbers of a CSV are formatted: $1,234.50'),
  shuffle: flag('Every export has its rows in another order'),
  oneBasedOffset: flag('offset is the number of the first row, from 1; default: rows left out'),
  maxIsMidnight: flag('A day as the max of a date range is its first moment; default: all of it'),
});
export type ExportSwitches = z.output<typeof exportSwitches>;

export const EXPORTS_AS_EXPECTED: ExportSwitches = {
  ...{ running: '204', pivotCsv: 'works', bom: false, crlf: false, trailingBlankLines: 0 },
  ...{ formatted: false, shuffle: false, oneBasedOffset: false, maxIsMidnight: false },
};
