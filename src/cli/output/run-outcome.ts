/** Prints the outcome of `sync`, `backfill` and `exports run`: the report and the exit code. */

import { describeError } from '../../core/errors.ts';
import { plural } from '../../core/words.ts';
import type { ExportsReport } from '../../exports/remember/export-report.ts';
import { aboutUnknown } from '../../loaders/object-ids.ts';
import type { SyncOutcome } from '../../runs/requests.ts';
import { failedPartitions } from '../../state/read/status.ts';
import type { Resumed } from '../../state/run-life.ts';
import type { RunReport, RunTotals, StreamReport } from '../../state/run-types.ts';
import { EXIT_CODES, type SyncResult } from '../../sync/run-sync.ts';
import { tinted } from '../colour.ts';
import type { CommandContext } from '../one-context.ts';
import { exitWith } from './stdout.ts';
import { print, printJson, printTable, ROW_COUNTS } from './tables.ts';

/** The words of a command for the outcome. */
export interface Wording {
  readonly command: 'sync' | 'backfill';
  readonly json: boolean;
  /** Printed if the run resumed another one. */
  readonly resumed: (run: Resumed) => string;
  /** Printed if the run is not complete. */
  readonly verdict: (report: RunReport) => string;
}

/** Prints the report and sets the exit code. @throws what cut the run off. */
export async function tellOutcome(
  context: CommandContext,
  outcome: SyncResult & Partial<SyncOutcome>,
  { command, json, resumed, verdict }: Wording,
): Promise<void> {
  const { report, error, resumed: earlier, exports: exported, exportsLocked } = outcome;
  exitWith(EXIT_CODES[outcome.status ?? report.status]);
  if (json) printJson(exported === undefined ? report : { ...report, exports: exported.report.exports });
  else {
    if (earlier !== undefined) print(`${resumed(earlier)}\n`);
    printReport(report);
    // A backfill writes no failures down: what is listed is the syncs'.
    if (report.status === 'partial' && command === 'sync') {
      const { database, schemas } = context;
      for (const failure of await failedPartitions(await database(), schemas, 20)) {
        print(`  ${failure.stream} ${failure.partition}: ${context.redact(failure.error)}`);
      }
    }
    if (exported !== undefined) {
      print();
      printExports(exported.report, context.redact);
    }
  }
  if (error !== undefined && report.status !== 'interrupted') throw error;
  if (report.status !== 'complete') context.tell(verdict(report));
  if (exportsLocked !== undefined)
    context.tell(`The due exports did not run: ${describeError(exportsLocked)}`);
  if (exported?.error !== undefined && exported.report.status !== 'interrupted') throw exported.error;
  if (exported !== undefined && exported.report.status !== 'complete')
    context.tell(exportsVerdict(exported.report));
}

/** The report for a person: streams with something to tell, and each error once. */
export function printReport(report: RunReport): void {
  const told = report.streams.filter(
    (stream) =>
      !isUntouched(stream) &&
      (stream.status !== 'complete' || changesOf(stream) > 0 || stream.mode === 'full'),
  );
  if (told.length > 0)
    printTable(told, [
      { title: 'stream', value: (stream) => stream.name },
      { title: 'status', value: ({ status }) => (status === 'skipped' ? 'not run' : status) },
      ...(['mode', 'requests', 'read'] as const),
      ...ROW_COUNTS,
    ]);
  const others = told.length > 0 ? ' more' : '';
  const untold = report.streams.filter((stream) => !told.includes(stream));
  const same = untold.filter(({ status }) => status === 'complete').length;
  const untouched = untold.filter(isUntouched).length;
  if (same > 0) print(`${same}${others} streams complete, nothing changed.`);
  if (untouched > 0) print(`${untouched}${others} streams not run.`);
  if (told.some(({ status }) => status === 'interrupted'))
    print(
      'interrupted: the rows that were read are stored; the next run resumes, and marks what was deleted.',
    );
  if (told.some(({ status }) => status === 'skipped'))
    print('not run: nothing was read of it; rows are marked as deleted because their parents are gone.');
  print();
  const seconds = (Date.parse(report.finishedAt) - Date.parse(report.startedAt)) / 1000;
  print(
    `${tinted(report.status)}: ${report.requests} requests in ${seconds.toFixed(1)} s (run ${report.runId})`,
  );
  if (report.retries > 0) print(`  ${retriesOf(report)}`);
  for (const { name, unknownObjects = 0 } of report.streams)
    if (unknownObjects > 0) print(`  ${name}: ${aboutUnknown(unknownObjects)}.`);
  for (const { name, parentsGone = 0 } of report.streams)
    if (parentsGone > 0)
      print(
        `  ${name}: nothing was read of ${plural(parentsGone, 'parent')}: Sigma lists ${parentsGone === 1 ? 'it' : 'them'}, but answers 404 when asked. The next listing shows whether ${parentsGone === 1 ? 'it is' : 'they are'} gone.`,
      );
  const errors = Map.groupBy(
    report.streams.filter((stream) => stream.error !== undefined),
    ({ error }) => error ?? '',
  );
  for (const [error, streams] of errors) print(`  ${streams.map(({ name }) => name).join(', ')}: ${error}`);
}

const changesOf = ({ inserted, updated, deleted }: StreamReport): number => inserted + updated + deleted;

/** True where the run ended before it asked for anything of the stream. */
function isUntouched(stream: StreamReport): boolean {
  const { status, requests, read, error } = stream;
  if (!['skipped', 'interrupted'].includes(status) || error !== undefined) return false;
  return changesOf(stream) + requests + read === 0;
}

/** `38 retries: lineage that Sigma can't give`; with several causes, how often each. */
export function retriesOf({ retries, retryCauses = {} }: RunTotals): string {
  const causes = Object.entries(retryCauses);
  const words = causes
    .map(([cause, times]) => (causes.length === 1 ? cause : `${times} ${cause}`))
    .join(', ');
  return `${plural(retries, 'retry', 'retries')}${words === '' ? '' : `: ${words}`}`;
}

/** The report of exports for a person. */
export function printExports(report: ExportsReport, redact: (text: string) => string): void {
  printTable(report.exports, [
    { title: 'export', value: ({ name }) => name },
    ...(['status', 'mode', 'windows', 'rows'] as const),
    ...ROW_COUNTS,
    'rejected',
    { title: 'watermark', value: ({ watermark }) => watermark ?? '-' },
  ]);
  print();
  const seconds = (Date.parse(report.finishedAt) - Date.parse(report.startedAt)) / 1000;
  const bytes = report.exports.reduce((sum, one) => sum + one.bytes, 0);
  print(
    `${tinted(report.status)}: ${(bytes / 1e6).toFixed(1)} MB in ${seconds.toFixed(1)} s, ${report.requests} requests (run ${report.runId})`,
  );
  if (report.retries > 0) print(`  ${retriesOf(report)}`);
  for (const { name, drift, warnings, error } of report.exports) {
    for (const change of drift) print(`  ${name}: column ${change}`);
    for (const warning of warnings) print(`  ${name}: warning: ${redact(warning)}`);
    if (error !== undefined) print(`  ${name}: ${redact(error)}`);
  }
}

/** Why the exports are not complete, in one sentence. */
export function exportsVerdict({ status, exports }: ExportsReport): string {
  if (status === 'interrupted')
    return 'The exports were interrupted; run the same command again to resume from the watermark.';
  const unwell = exports.filter((one) => one.error !== undefined);
  const names = unwell.map(({ name }) => name).join(', ');
  const kept = unwell.some(({ windows }) => windows > 0) ? ' Loaded data is kept.' : '';
  return `Not complete: ${names}.${kept} The first: ${unwell[0]?.error ?? 'unknown'}`;
}
