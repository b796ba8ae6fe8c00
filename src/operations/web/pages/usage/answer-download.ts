/** Downloads of what the page of one object shows the first rows of. */

import type { Asker } from '../../../../analytics/asker.ts';
import type { Part } from '../../data/counted.ts';
import { asked } from '../../data/usage/statement.ts';
import { csvOf, type Download, type NoDownload } from '../../lists/download.ts';
import type { Visit } from '../../site.ts';
import type { Column } from '../../view/table.ts';

/** Rows that are read at once. */
const PART: Part = { limit: 20_000, offset: 0 };

/** All rows that belong to the object of the address, read part by part. */
export function answerDownload<T>(
  { site, param }: Visit,
  isKnown: (id: string) => boolean,
  name: string,
  columns: readonly Column<T>[],
  read: (asker: Asker, id: string, part: Part) => Promise<readonly T[]>,
): Promise<Download | NoDownload> {
  const id = param('id');
  if (!isKnown(id)) return Promise.resolve({ problem: 'none' });
  return csvOf<T, number>(name, columns, async (offset = 0) => {
    const answer = await site.questions.askDatabase((database, schemas) =>
      asked(database, schemas, (asker) => read(asker, id, { ...PART, offset })),
    );
    if (answer.problem !== undefined) return answer;
    const rows = answer.value?.value;
    const next = rows?.length === PART.limit ? offset + PART.limit : undefined;
    return { value: rows === undefined ? undefined : { rows, next } };
  });
}
