import { catalogue } from '../../../extractors/catalogue.ts';
import { forget, type Forgotten } from '../../../operations/forget/forget.ts';
import { BEYOND } from '../../../operations/forget/left.ts';
import { migrate } from '../../../state/migrate.ts';
import { inContext } from '../../command-context.ts';
import { type JsonFlag, print, printJson, printTable } from '../../output/tables.ts';

interface Flags extends JsonFlag {
  readonly dryRun?: true;
}

/** `forget`: deletes a person from everything that is stored, and says what is left. */
export const run = inContext(
  async (context, member: string, more: readonly string[], { json, dryRun }: Flags) => {
    const { schemas, config, privacy, clock, exports, analytics, signal } = context;
    const database = await context.database();
    await migrate(database, schemas, catalogue, context.events);
    const done = await forget(
      {
        ...{ database, schemas, streams: catalogue, exports },
        exportsSchema: config.database.exportsSchema,
        hash: privacy.keyId === undefined ? undefined : privacy.hash,
        now: () => new Date(clock.now()),
      },
      [member, ...more],
      dryRun === true,
    );
    // Answers made from those rows must go as well, even if no remaining row has changed.
    const answers = dryRun === true ? undefined : await refreshAll();
    if (json === true) printJson({ dryRun: dryRun === true, ...done, answers, beyond: BEYOND });
    else report(done, dryRun === true, answers);
    if (answers !== undefined && answers !== 'refreshed') process.exitCode = 1;

    async function refreshAll(): Promise<string | undefined> {
      const [known] = await database.session((session) =>
        session.query<{ n: number }>(`select count(*)::integer as n from "${schemas.state}".analytics`),
      );
      if (!analytics.enabled && known?.n === 0) return undefined;
      const { busy, error, models } = await context.sync.analytics({ all: true, signal });
      const failed = models.find(({ status }) => status === 'failed');
      if (!busy && error === undefined && failed === undefined) return 'refreshed';
      return `not refreshed: ${busy ? 'another process is at it' : (error ?? failed?.error ?? '')}`;
    }
  },
);

function report(
  { ids, isInSigma, deleted, scrubbed, left }: Forgotten,
  isDryRun: boolean,
  answers: string | undefined,
): void {
  const rows = [
    ...deleted.map((one) => ({ ...one, what: 'deleted' })),
    ...scrubbed.map(({ table, column, rows: n }) => ({
      table: `${table}.${column}`,
      rows: n,
      what: 'address taken out',
    })),
  ];
  if (rows.length === 0) print('Nothing is stored of this person.');
  else {
    print(isDryRun ? 'This would go:' : 'This went:');
    printTable(rows, ['table', 'rows', 'what']);
  }
  print();
  if (ids.length > 1)
    print(`It is one person with ${ids.length} ids, which had an address in common: ${ids.join(', ')}.`);
  if (isInSigma)
    print(
      'Sigma still has the member, as of the last sync: the next one brings the person back. Delete the member in Sigma, run "sigma-sync sync", and then this once more.',
    );
  const again = scrubbed.filter(({ live }) => live > 0);
  if (again.length > 0)
    print(
      `Sigma may still send addresses in ${again.map(({ table, column }) => `${table}.${column}`).join(', ')}: hide the field, or they come back (docs/privacy.md).`,
    );
  print('What is left:');
  for (const { where, what, rows: n } of left)
    print(`- ${where}: ${what} in ${n} ${n === 1 ? 'row' : 'rows'}`);
  for (const line of BEYOND) print(`- ${line}`);
  if (answers !== undefined && answers !== 'refreshed')
    print(
      `The answers were ${answers}. They may show the person still: run "sigma-sync analytics refresh --all".`,
    );
}
