/** What keeps a replace from emptying a table: an element that shows nothing may be broken, or hidden from us. */
import { SigmaSyncError } from '../../core/errors.ts';
import type { ExportDefinition } from '../decide/definition.ts';
import type { Rejections } from './rejections.ts';

/** What a replace would do to a table. */
export interface Replacing {
  readonly definition: Pick<ExportDefinition, 'name' | 'leastRows'>;
  /** Rows that Sigma sent, rejected ones included. */
  readonly rows: number;
  readonly inserted: number;
  readonly deleted: number;
  readonly bytes: number;
  readonly rejections: Rejections;
}

/** A replace brought fewer rows than it must: the old ones are kept. */
export class TooFewRows extends SigmaSyncError {
  override readonly code = 'too_few_rows';
  readonly replacing: Replacing;

  constructor(replacing: Replacing) {
    const { definition, rows, inserted, deleted, rejections } = replacing;
    const { name, leastRows = 1 } = definition;
    const what =
      rejections.count > 0
        ? `${inserted === 0 ? 'None' : inserted} of the ${rows} rows from Sigma can be stored`
        : `Sigma sent ${rows === 0 ? 'no rows' : `${rows} rows only`}`;
    const bound = leastRows > 1 ? ` (least_rows is ${leastRows})` : '';
    super(`${what}${bound}: the table keeps its ${deleted} rows.`, {
      advice:
        `If that is right, run "sigma-sync exports run ${name} --accept-deletions"; ` +
        `if it is right every time, set least_rows: 0 for the export.`,
    });
    this.replacing = replacing;
  }
}

/** @throws TooFewRows where a replace would leave less than `leastRows` of a table that has more */
export function checkRowsLeft(replacing: Replacing): void {
  const { inserted, deleted } = replacing;
  const { leastRows = 1 } = replacing.definition;
  if (inserted < leastRows && inserted < deleted) throw new TooFewRows(replacing);
}
