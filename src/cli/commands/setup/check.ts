import { analyticsSchema } from '../../../analytics/model.ts';
import { hideContext } from '../../../app.ts';
import { ConfigError } from '../../../core/errors.ts';
import { plural } from '../../../core/words.ts';
import { catalogue } from '../../../extractors/catalogue.ts';
import { checkAccess } from '../../../operations/check/check-access.ts';
import { checkAuditLog } from '../../../operations/check/check-audit-log.ts';
import { checkExport } from '../../../operations/check/check-export.ts';
import { type CheckLine, failed } from '../../../operations/check/check-line.ts';
import { checkObjects, checkShortIds } from '../../../operations/check/check-objects.ts';
import { checkPlain } from '../../../operations/check/check-plain.ts';
import {
  checkAnswers,
  checkApi,
  checkDatabase,
  checkForgotten,
  checkPrivacy,
} from '../../../operations/check/run-checks.ts';
import { hasRuns } from '../../../state/read/status.ts';
import { selectStreams } from '../../../sync/select-streams.ts';
import { type CommandContext, inContext } from '../../command-context.ts';
import { printChecks, printFixes } from '../../output/check-lines.ts';
import { exitWith } from '../../output/stdout.ts';
import { type JsonFlag, print, printJson, printTable } from '../../output/tables.ts';

interface CheckFlags extends JsonFlag {
  /** Number of members that `check access` compares. */
  readonly members: number;
}

/** `check`, or `check access`. */
export const run = inContext(
  async (context, what: string | undefined, flags: CheckFlags) => {
    if (what === undefined) await checkAll(context, flags);
    else if (what === 'access') await compareAccess(context, flags);
    else
      throw new ConfigError(
        `"${what}" is not a check; "sigma-sync check access" is the only one that runs alone.`,
      );
  },
  { each: true },
);

/** `check`: credentials, clock, reachability, readable streams, database; a table with a fix per failed line. */
async function checkAll(context: CommandContext, { json }: JsonFlag): Promise<void> {
  const streams = selectStreams(catalogue, [], context.config.sync);
  const client = await context.client();
  const lines: CheckLine[] = [];
  const hidden = context.privacy.of('members')?.rules ?? {};
  const isHidden = (column: string): boolean => hidden[column] !== undefined;
  for await (const line of checkApi(client, streams, () => context.clock.now(), isHidden)) lines.push(line);
  // Without an answer of the API there is nothing to learn about exports.
  if (lines.some(({ subject, outcome }) => subject === 'credentials' && outcome === 'ok')) {
    for (const definition of context.exports)
      lines.push(await checkExport({ ...context, client }, definition));
  }
  await checkStore(context, lines);

  const ok = !lines.some(({ outcome }) => outcome === 'failed');
  if (json === true) printJson({ ok, checks: lines });
  else printReport(lines);
  if (!ok) exitWith(1, reasonOf(lines));
}

/** The first failure, for the summary of several organizations. */
function reasonOf(lines: readonly CheckLine[]): string {
  const failures = lines.filter(({ outcome }) => outcome === 'failed');
  const [first] = failures;
  const more = failures.length > 1 ? ` (and ${failures.length - 1} more)` : '';
  return first === undefined ? '' : `${first.subject}: ${first.detail}${more}`;
}

/** `check access`: our answers about access beside Sigma's own, for some members. */
async function compareAccess(context: CommandContext, { json, members: most }: CheckFlags): Promise<void> {
  const client = await context.client();
  const database = await context.database();
  if (!(await hasRuns(database, context.schemas)))
    throw new ConfigError('Nothing is stored yet.', { advice: 'Run "sigma-sync sync" first.' });
  const report = await checkAccess({ ...context, client, database }, most);
  const { members, administrators, pairs, unlisted, differences } = report;
  if (json === true) printJson({ ok: differences.length === 0, ...report });
  else {
    if (differences.length > 0)
      printTable(differences, [
        { title: 'member', value: ({ memberId }) => memberId },
        { title: 'object', value: ({ inodeId }) => inodeId },
        'type',
        { title: 'here', value: ({ ours }) => ours ?? 'none' },
        { title: 'Sigma', value: ({ sigmas }) => sigmas ?? 'none' },
      ]);
    print(`${members} members and ${pairs} of their objects compared: ${differences.length} differ.`);
    if (administrators > 0)
      print(
        `${plural(administrators, 'administrator')} left out: they see everything, whatever the grants say.`,
      );
    if (unlisted > 0)
      print(
        `${plural(unlisted, 'more object')} that Sigma lists ${unlisted === 1 ? 'is' : 'are'} not among the synced files: new since the last sync, or private documents of others. That is no difference; --json lists them.`,
      );
  }
  if (differences.length > 0) exitWith(1);
}

/**
 * Adds the lines about the database. The findings about the API are shown even where the database can't be opened.
 */
async function checkStore(context: CommandContext, lines: CheckLine[]): Promise<void> {
  const { config, schemas, analytics } = context;
  const exportsSchema = context.exports.length === 0 ? undefined : config.database.exportsSchema;
  const answers = analytics.enabled ? analyticsSchema(schemas) : undefined;
  try {
    const database = await context.database();
    const { fleet } = context;
    const queue = fleet === undefined || database.kind !== 'postgres' ? [] : [fleet.queue];
    const shared = fleet === undefined ? [] : [fleet.together, ...queue];
    for await (const line of checkDatabase(database, schemas, exportsSchema, answers, shared))
      lines.push(line);
    // A database that can't be asked is one failure.
    if (lines.some(({ subject, outcome }) => subject === 'database' && outcome === 'failed')) return;
    lines.push(
      await checkPrivacy({ ...context, database, streams: catalogue }, hideContext(context, database)),
    );
    lines.push(
      await checkPlain({ ...hideContext(context, database), streams: catalogue, privacy: context.privacy }),
    );
    const limits = await checkAnswers(database, schemas);
    if (limits !== undefined) lines.push(limits);
    const forgotten = await checkForgotten(database, schemas);
    if (forgotten !== undefined) lines.push(forgotten);
    const auditLog = await checkAuditLog(database, schemas, analytics);
    if (auditLog !== undefined) lines.push(auditLog);
    for (const checked of [checkObjects, checkShortIds]) {
      const line = await checked(database, { schemas, streams: catalogue });
      if (line !== undefined) lines.push(line);
    }
  } catch (error) {
    lines.push(failed('database', error));
  }
}

/** Streams that are named; of more the number will do. */
const FEW = 5;

/** `1 not tried: team_members (no row of teams to try it with).` */
function untried(lines: readonly CheckLine[]): string {
  if (lines.length === 0 || lines.length > FEW) return `${lines.length} not tried (--json lists them).`;
  const names = lines.map(({ subject, detail }) => `${subject.replace(/^stream /, '')} (${detail})`);
  return `${lines.length} not tried: ${names.join(', ')}.`;
}

function printReport(lines: readonly CheckLine[]): void {
  const isPlain = ({ subject, outcome }: CheckLine): boolean =>
    subject.startsWith('stream ') && (outcome === 'ok' || outcome === 'skipped');
  printChecks(lines.filter((line) => !isPlain(line)));
  const streams = lines.filter(isPlain);
  const readable = streams.filter(({ outcome }) => outcome === 'ok').length;
  print(`${readable} streams readable, ${untried(streams.filter(({ outcome }) => outcome !== 'ok'))}`);
  printFixes(lines, 'Ready: run "sigma-sync sync".');
}
