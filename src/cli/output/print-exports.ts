/** What `exports run` and `sync` print of a run of exports. */
import type { ExportsReport } from '../../exports/remember/export-report.ts';
import { print, printTable, ROW_COUNTS } from './tables.ts';

/** The report for a person. */
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
    `${report.status}: ${(bytes / 1e6).toFixed(1)} MB in ${seconds.toFixed(1)} s, ${report.requests} requests (run ${report.runId})`,
  );
  for (const { name, drift, error } of report.exports) {
    for (const change of drift) print(`  ${name}: column ${change}`);
    if (error !== undefined) print(`  ${name}: ${redact(error)}`);
  }
}

/** Why the run is not complete, in one sentence. */
export function exportsVerdict({ status, exports }: ExportsReport): string {
  if (status === 'interrupted')
    return 'The exports were interrupted; run the same command again to continue from the watermark.';
  const unwell = exports.filter((one) => one.error !== undefined);
  const names = unwell.map(({ name }) => name).join(', ');
  const kept = unwell.some(({ windows }) => windows > 0) ? ' What was loaded is kept.' : '';
  return `Not complete: ${names}.${kept} The first: ${unwell[0]?.error ?? 'unknown'}`;
}
