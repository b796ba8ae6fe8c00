import { analyticsSchema } from '../../../analytics/model.ts';
import { catalogue } from '../../../extractors/catalogue.ts';
import { checkApi, checkDatabase, checkPrivacy } from '../../../operations/check/run-checks.ts';
import { type CheckLine, failed } from '../../../operations/check/check-line.ts';
import { checkObjects } from '../../../operations/check/check-objects.ts';
import { checkExport } from '../../../operations/check/check-export.ts';
import { selectStreams } from '../../../sync/select-streams.ts';
import { type CommandContext, inContext } from '../../command-context.ts';
import { printChecks, printFixes } from '../../output/check-lines.ts';
import { type JsonFlag, print, printJson } from '../../output/tables.ts';

/** `check`: credentials, clock, reachability, readable streams, database; a table with a fix per failed line. */
export const run = inContext(async (context, { json }: JsonFlag) => {
  const streams = selectStreams(catalogue, [], context.config.sync);
  const client = context.client();
  const lines: CheckLine[] = [];
  for await (const line of checkApi(client, streams, () => context.clock.now())) lines.push(line);
  // Without an answer of the API there is nothing to learn about exports.
  if (lines.some(({ subject, outcome }) => subject === 'credentials' && outcome === 'ok')) {
    for (const definition of context.exports)
      lines.push(await checkExport({ ...context, client }, definition));
  }
  await checkStore(context, lines);

  const ok = !lines.some(({ outcome }) => outcome === 'failed');
  if (json === true) printJson({ ok, checks: lines });
  else printReport(lines);
  if (!ok) process.exitCode = 1;
});

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
    const objects = await checkObjects(database, { schemas, streams: catalogue });
    if (objects !== undefined) lines.push(objects);
  } catch (error) {
    lines.push(failed('database', error));
  }
}

function printReport(lines: readonly CheckLine[]): void {
  const isPlain = ({ subject, outcome }: CheckLine): boolean =>
    subject.startsWith('stream ') && (outcome === 'ok' || outcome === 'skipped');
  printChecks(lines.filter((line) => !isPlain(line)));
  const streams = lines.filter(isPlain);
  const readable = streams.filter(({ outcome }) => outcome === 'ok').length;
  print(`${readable} streams readable, ${streams.length - readable} not tried (--json lists them).`);
  printFixes(lines, 'Ready: run "sigma-sync sync".');
}
