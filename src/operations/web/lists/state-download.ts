/** Downloads of rows of the state schema, of which a page shows the first. */
import type { Session } from '../../../core/database/database.ts';
import type { Schemas } from '../../../state/schemas.ts';
import type { Part } from '../data/counted.ts';
import type { Visit } from '../site.ts';
import type { Column } from '../view/table.ts';
import { csvOf, type Download, type NoDownload } from './download.ts';

/** Rows that are read at once. */
const PART_ROWS = 5000;

/** All rows, read part by part. */
export function stateDownload<T>(
  { site }: Visit,
  name: string,
  columns: readonly Column<T>[],
  read: (session: Session, schemas: Schemas, part: Part) => Promise<readonly T[]>,
): Promise<Download | NoDownload> {
  return csvOf<T, number>(name, columns, (offset = 0) =>
    site.questions.ask(async (session, schemas) => {
      const rows = await read(session, schemas, { limit: PART_ROWS, offset });
      return { rows, next: rows.length === PART_ROWS ? offset + PART_ROWS : undefined };
    }),
  );
}
