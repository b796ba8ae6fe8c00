import { Command } from 'commander';
import { analyticsSchema } from '../../../analytics/model.ts';
import { catalogue } from '../../../extractors/catalogue.ts';
import { checkApi, checkDatabase, checkPrivacy } from '../../../operations/check/run-checks.ts';
import { type CheckLine, failed } from '../../../operations/check/check-line.ts';
import { checkExport } from '../../../operations/check/check-export.ts';
import { selectStreams } from '../../../sync/select-streams.ts';
import { type CommandContext, withContext } from '../../command-context.ts';
import { print, printJson, table } from '../../output/tables.ts';

const MARKS: Readonly<Record<CheckLine['outcome'], string>> = {
  ok: 'ok',
  warning: 'WARN',
  failed: 'FAIL',
  skipped: '-',
};

/** `check`: credentials, clock, reachability, readable streams, database; a table with a fix per failed line. */
export function checkCommand(): Command {
  return new Command('check')
    .description('test credentials, clock, API, rights and database, with a fix for what fails')
    .option('--json', 'print the report as JSON')
    .addHelpText('after', '\nExample:\n  $ sigma-sync check\n')
    .action(async ({ json }: { json?: boolean }, command: Command) => {
      await withContext(command, async (context) => {
        const streams = selectStreams(catalogue, [], context.config.sync);
        const client = context.openClient();
        const lines: CheckLine[] = [];
        try {
          for await (const line of checkApi(client, streams, () => context.clock.now())) lines.push(line);
          // Without an answer of the API there is nothing to learn about exports.
          if (lines.some(({ subject, outcome }) => subject === 'credentials' && outcome === 'ok')) {
            for (const definition of context.exports)
              lines.push(await checkExport({ ...context, client }, definition));
          }
        } finally {
          await client.close();
        }
        await checkStore(context, lines);

        const failures = lines.filter((line) => line.outcome === 'failed').length;
        if (json === true) printJson({ ok: failures === 0, checks: lines });
        else printReport(lines, failures);
        if (failures > 0) process.exitCode = 1;
      });
    });
}

/** Adds the lines about the database; what was found of the API is told where it can't be opened, too. */
async function checkStore(context: CommandContext, lines: CheckLine[]): Promise<void> {
  const { config, schemas, analytics } = context;
  const exportsSchema = context.exports.length === 0 ? undefined : config.database.exportsSchema;
  const answers = analytics.enabled ? analyticsSchema(schemas) : undefined;
  try {
    const database = await context.database();
    for await (const line of checkDatabase(database, schemas, exportsSchema, answers)) lines.push(line);
    // A database that can't be asked is one failure.
    if (lines.some(({ subject, outcome }) => subject === 'database' && outcome === 'failed')) return;
    lines.push(await checkPrivacy({ ...context, database, streams: catalogue }));
  } catch (error) {
    lines.push(failed('database', error));
  }
}

function printReport(lines: readonly CheckLine[], failures: number): void {
  const isPlain = ({ subject, outcome }: CheckLine): boolean =>
    subject.startsWith('stream ') && (outcome === 'ok' || outcome === 'skipped');
  const rows = table(
    lines.filter((line) => !isPlain(line)),
    [
      { title: 'check', value: (line) => line.subject },
      { title: 'result', value: (line) => MARKS[line.outcome] },
      { title: 'detail', value: (line) => line.detail },
    ],
  );
  for (const row of rows) print(row);
  const streams = lines.filter(isPlain);
  const readable = streams.filter(({ outcome }) => outcome === 'ok').length;
  print(`${readable} streams readable, ${streams.length - readable} not tried (--json lists them).`);
  print();
  for (const { subject, fix } of lines) if (fix !== undefined) print(`${subject}: ${fix}`);
  print(failures === 0 ? 'Ready: run "sigma-sync sync".' : `${failures} of ${lines.length} checks failed.`);
}
