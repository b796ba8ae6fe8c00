/** Tables and figures of a benchmark's report. */
import { arch, cpus, platform, release } from 'node:os';
import { print, printTable as printColumns } from '../../src/cli/output/tables.ts';

export { print };

/** A row by column title. */
export type Figures = Readonly<Record<string, string | number>>;

/** Prints rows with the columns of the first one. */
export function printTable(rows: readonly Figures[]): void {
  const titles = Object.keys(rows[0] ?? {});
  printColumns(
    rows,
    titles.map((title) => ({ title, value: (row: Figures) => row[title] ?? '' })),
  );
}

/** Says on what the figures were measured. */
export function printMachine(database: string): void {
  const cores = cpus();
  const model = (cores[0]?.model ?? 'unknown').replace(/\s+/g, ' ').trim();
  print(
    `Node ${process.versions.node}, ${database}, ${cores.length} × ${model}, ${platform()} ${release()} ${arch()}`,
  );
  print();
}

/** A number with so many decimals: `fixed(1.2345, 2)` is `1.23`. */
export function fixed(value: number, digits = 1): string {
  return Number.isFinite(value) ? value.toFixed(digits) : '-';
}

/** A share of a whole as a percentage. */
export function percent(part: number, whole: number): string {
  return whole > 0 ? `${Math.round((100 * part) / whole)} %` : '-';
}

/** Bytes in mebibytes. */
export function mib(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}

/** A line on standard error, so that standard output is the report alone. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}
