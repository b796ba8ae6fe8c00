/** Lines of `check` and `roles check`, for people. */
import type { CheckLine } from '../../operations/check/check-line.ts';
import { print, printTable, TABLE_WIDTH } from './tables.ts';

const MARKS: Readonly<Record<CheckLine['outcome'], string>> = {
  ok: 'ok',
  warning: 'WARN',
  failed: 'FAIL',
  skipped: '-',
};

/** The lines as a table. */
export function printChecks(lines: readonly CheckLine[]): void {
  printTable(
    lines,
    [
      { title: 'check', value: ({ subject }) => subject },
      { title: 'result', value: ({ outcome }) => MARKS[outcome] },
      { title: 'detail', value: ({ detail, summary }) => summary ?? detail },
    ],
    TABLE_WIDTH,
  );
}

/** The fixes of the lines that have one, and how it stands in all. */
export function printFixes(lines: readonly CheckLine[], allWell: string): void {
  print();
  for (const { subject, fix } of lines) if (fix !== undefined) print(`${subject}: ${fix}`);
  const failures = lines.filter(({ outcome }) => outcome === 'failed').length;
  print(failures === 0 ? allWell : `${failures} of ${lines.length} checks failed.`);
}
