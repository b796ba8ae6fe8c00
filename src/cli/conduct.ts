/** What `sync` and `backfill` have in common: a run from its tables to its report and exit code. */
import { overall } from '../exports/report.ts';
import type { ExportsResult } from '../exports/run-exports.ts';
import { catalogue } from '../extractors/catalogue.ts';
import { failedPartitions } from '../operations/status.ts';
import { migrate } from '../state/migrate.ts';
import type { RunReport } from '../state/runs.ts';
import type { SyncEngine, SyncOptions } from '../sync/context.ts';
import { EXIT_CODES, runSync } from '../sync/run.ts';
import type { CommandContext } from './context.ts';
import { print, printJson, table } from './output.ts';
import { exportsVerdict, printExports } from './print-exports.ts';

/** What a command asks for, and how it words the outcome. */
export interface Conduct {
  readonly options: Omit<SyncOptions, 'signal'>;
  readonly json: boolean;
  /** Told where the run went on from another one. */
  readonly resumed: (runId: string) => string;
  /** Told where the run is not complete. */
  readonly verdict: (report: RunReport) => string;
  /** Runs what is due besides; undefined where nothing is. */
  readonly exports?: () => Promise<ExportsResult | undefined>;
}

/** Runs, prints the report, and sets the exit code. @throws what cut the run off, or kept it from beginning. */
export async function conduct(
  context: CommandContext,
  engine: SyncEngine,
  { options, json, resumed, verdict, exports }: Conduct,
): Promise<void> {
  const { database, schemas, events } = engine;
  await migrate(database, schemas, catalogue, events);
  const { report, error, resumedFrom } = await runSync(engine, { ...options, signal: context.signal });
  // Exports have nothing to do with what a stream lacks, but what ends a run ends them, too.
  const isCutOff = error !== undefined || report.status === 'interrupted';
  const exported = isCutOff ? undefined : await exports?.();
  const statuses = [report.status, ...(exported === undefined ? [] : [exported.report.status])];
  process.exitCode = EXIT_CODES[overall(statuses)];
  if (json) printJson(exported === undefined ? report : { ...report, exports: exported.report.exports });
  else {
    if (resumedFrom !== undefined) print(`${resumed(resumedFrom)}\n`);
    printReport(report);
    // A backfill writes no failures down: what is listed is the syncs'.
    if (report.status === 'partial' && options.command !== 'backfill') {
      for (const failure of await failedPartitions(database, schemas, 20)) {
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
  if (exported?.error !== undefined && exported.report.status !== 'interrupted') throw exported.error;
  if (exported !== undefined && exported.report.status !== 'complete')
    context.tell(exportsVerdict(exported.report));
}

/** The report for a person: streams with something to tell, and each error once. */
export function printReport(report: RunReport): void {
  const told = report.streams.filter(
    ({ status, inserted, updated, deleted, mode }) =>
      !['complete', 'skipped'].includes(status) || inserted + updated + deleted > 0 || mode === 'full',
  );
  const rows = table(told, [
    { title: 'stream', value: (stream) => stream.name },
    { title: 'status', value: (stream) => stream.status },
    { title: 'mode', value: (stream) => stream.mode },
    { title: 'requests', value: (stream) => stream.requests },
    { title: 'read', value: (stream) => stream.read },
    { title: 'inserted', value: (stream) => stream.inserted },
    { title: 'updated', value: (stream) => stream.updated },
    { title: 'unchanged', value: (stream) => stream.unchanged },
    { title: 'deleted', value: (stream) => stream.deleted },
  ]);
  if (told.length > 0) for (const row of rows) print(row);
  const counted = (status: string): number =>
    report.streams.filter((stream) => stream.status === status && !told.includes(stream)).length;
  const others = told.length > 0 ? ' more' : '';
  if (counted('complete') > 0) print(`${counted('complete')}${others} streams complete, nothing changed.`);
  if (counted('skipped') > 0) print(`${counted('skipped')}${others} streams not run.`);
  print();
  const seconds = (Date.parse(report.finishedAt) - Date.parse(report.startedAt)) / 1000;
  const retried = report.retries === 0 ? '' : `, ${report.retries} retries`;
  print(
    `${report.status}: ${report.requests} requests${retried} in ${seconds.toFixed(1)} s (run ${report.runId})`,
  );
  const errors = Map.groupBy(
    report.streams.filter((stream) => stream.error !== undefined),
    ({ error }) => error ?? '',
  );
  for (const [error, streams] of errors) print(`  ${streams.map(({ name }) => name).join(', ')}: ${error}`);
}
