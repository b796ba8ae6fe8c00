import { catalogue } from '../../../extractors/catalogue.ts';
import { NEW_FIELDS } from '../../../operations/probe/endpoint-rows.ts';
import type { ProbeRow } from '../../../operations/probe/probe-row.ts';
import { runProbe } from '../../../operations/probe/run-probe.ts';
import { inContext } from '../../command-context.ts';
import type { JsonFlag } from '../../output/tables.ts';
import { print, printJson, printTable } from '../../output/tables.ts';

const MARKS: Readonly<Record<ProbeRow['outcome'], string>> = {
  'as expected': 'ok',
  differs: 'DIFFERS',
  'not seen': '-',
};

/** `probe`: what the API of this organization is like, against what is expected of it; no value of anybody's. */
export const run = inContext(async ({ client, signal }, { json }: JsonFlag) => {
  const rows: ProbeRow[] = [];
  for await (const row of runProbe(await client(), catalogue, signal)) rows.push(row);
  if (json === true) {
    printJson({ rows });
    return;
  }
  printTable(rows, ['fact', { title: 'result', value: ({ outcome }) => MARKS[outcome] }, 'expected', 'seen']);
  const differing = rows.filter(({ outcome }) => outcome === 'differs').length;
  print();
  const added = rows.filter(({ fact, outcome }) => outcome === 'differs' && fact.endsWith(NEW_FIELDS)).length;
  const usual =
    added === 0 ? '' : ` (${added} of them new fields, which is usual: a sync keeps them in _raw)`;
  print(`${rows.length} lines, ${differing} differ${usual}. docs/api-truth.md explains each fact.`);
  print('The output has field names, types and counts only, so you can attach it to a bug report.');
});
