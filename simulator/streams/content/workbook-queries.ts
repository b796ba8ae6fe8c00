/** The SQL of the elements of every workbook. */
import type { Entry } from '../../store/entry.ts';
import { Random } from '../../store/random.ts';
import type { Store } from '../../store/store.ts';
import type { ElementEntry } from '../shared/added-content.ts';
import { contentOf, dataElements, type Versioned } from '../shared/contents.ts';
import { workbookParent } from '../shared/workbook-table.ts';
import { childStream, OPAQUE } from '../stream.ts';

/** One query per element with data; some cannot be made, and then an error takes the SQL's place. */
export function queriesOf(store: Store, document: Versioned): Entry[] {
  return dataElements(contentOf(store, document)).map((element) => {
    const { elementId, name } = element;
    const random = new Random(store.seed, elementId, 'query');
    const named = random.next() < 0.95 ? { elementId, name } : { elementId };
    if (random.next() < 0.05)
      return { ...named, error: `Unknown column "${element.columns?.[0]}"\n  at line 3` };
    return { ...named, sql: sqlOf(element, random) };
  });
}

function sqlOf({ name, columns = [] }: ElementEntry, random: Random): string {
  const q = random.uint32().toString(36);
  const selected = columns
    .map((label, i) => `  "Q${i}"."${label.replaceAll('"', '""')}" "V_${i}"`)
    .join(',\n');
  return `-- ${name.replace(/\s+/g, ' ')} → ${q}
select
${selected}
from "ANALYTICS"."PUBLIC"."ORDERS_${q.toUpperCase()}" "Q0" /* 売上 */
where "REGION" <> 'Côte d''Ivoire' and "NOTE" not like '%\\N%\ttab'
limit ${1000 + random.below(9000)}`;
}

export const workbookQueries = childStream(workbookParent, {
  paths: [{ path: '/v2/workbooks/{workbookId}/queries', ...OPAQUE }],
  list: queriesOf,
});
