/** The columns of an element, as the API lists them: ids, labels and formulas. */
import { ApiError, LimitError, NetworkError } from '../../core/errors.ts';
import { segment } from '../../sigma/segment.ts';
import type { ExportDefinition } from '../decide/definition.ts';
import type { ListedColumn } from '../decide/same-label.ts';
import { labelOf } from '../read/csv-head.ts';
import { type Asking, entriesOf } from './entries.ts';

/** Undefined where the listing can't be read, which no export fails for. */
export async function elementColumns(
  asking: Asking,
  { element, name }: ExportDefinition,
  workbookId: string,
): Promise<readonly ListedColumn[] | undefined> {
  const path = `/v2/workbooks/${segment(workbookId)}/elements/${segment(element)}/columns`;
  const columns: ListedColumn[] = [];
  try {
    for await (const entry of entriesOf(asking, path, `export ${name}`)) {
      const { columnId, label, formula } = entry;
      if (typeof columnId !== 'string' || typeof label !== 'string') continue;
      columns.push({
        columnId,
        label: labelOf(label),
        formula: typeof formula === 'string' ? formula : undefined,
      });
    }
  } catch (error) {
    const isHarmless = [ApiError, NetworkError, LimitError].some((type) => error instanceof type);
    if (!isHarmless) throw error;
    return undefined;
  }
  return columns;
}
