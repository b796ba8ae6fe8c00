import { catalogue } from '../../../extractors/catalogue.ts';
import { type Forgotten, forget } from '../../../operations/forget/forget.ts';
import { BEYOND } from '../../../operations/forget/left.ts';
import { migrate } from '../../../state/migrate.ts';
import { inContext } from '../../command-context.ts';
import { exitWith } from '../../output/stdout.ts';
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
    if (answers !== undefined && answers !== 'refreshed') exitWith(1);

    async function refreshAll(): Promise<string | undefined> {
      const [known] = await database.session((session) =>
        session.query<{ n: number }>(`select count(*)::integer as n from "${schemas.state}".analytics`),
      );
      if (!analytics.enabled && known?.n === 0) return undefined;
      const { busy, error, models } = await context.sync.analytics({ all: true, signal });
      const failed = models.find(({ status }) => status === 'failed');
      if (!busy && error === undefined && failed === undefined) return 'refreshed';
      return `not refreshed: ${busy ? 'another process is refreshing them' : (error ?? failed?.error ?? '')}`;
    }
  },
  { each: true, changes: true },
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
      what: 'address removed',
    })),
  ];
  if (rows.length === 0) print('No data of this person is stored.');
  else {
    print(isDryRun ? 'Would delete:' : 'Deleted:');
    printTable(rows, ['table', 'rows', 'what']);
  }
  print();
  if (ids.length > 1) print(`This person has ${ids.length} ids, which share an address: ${ids.join(', ')}.`);
  if (isInSigma)
    print(
      'Sigma still had this member at the last sync, so the next sync brings the person back. Delete the member in Sigma, run "sigma-sync sync", then run this command again.',
    );
  const again = scrubbed.filter(({ live }) => live > 0);
  if (again.length > 0)
    print(
      `Sigma may still send addresses in ${again.map(({ table, column }) => `${table}.${column}`).join(', ')}. Hide these columns, or the addresses come back (docs/privacy.md).`,
    );
  print('Remaining:');
  for (const { where, what, rows: n } of left)
    print(`- ${where}: ${what} in ${n} ${n === 1 ? 'row' : 'rows'}`);
  for (const line of BEYOND) print(`- ${line}`);
  if (answers !== undefined && answers !== 'refreshed')
    print(
      `The models in sigma_analytics were ${answers}. They may still show the person: run "sigma-sync analytics refresh --all".`,
    );
}
