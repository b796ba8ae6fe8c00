/**
 * Random contents of the state schema, and the records that must be left of them: a model of retention, by objects
 * and not by SQL.
 */
import fc from 'fast-check';

export const DAY_MS = 86_400_000;

/** A run. Ages are days; that of its end is smaller. */
interface Run {
  readonly command: 'sync' | 'backfill' | 'export';
  readonly status: 'complete' | 'partial' | 'failed' | 'interrupted' | 'running';
  readonly age: number;
  readonly lasted: number;
  readonly ended: boolean;
  /** In the cycle of the run before it in the list, where that has the same command. */
  readonly continues: boolean;
  readonly streams: readonly { status: string; changed: number; failed: number }[];
  readonly events: number;
  readonly exports: readonly { export: string; rows: number; status: string; drift: boolean }[];
}

interface Window {
  readonly export: string;
  readonly from: number;
  readonly hours: number;
  readonly rows: number;
  readonly age: number;
  /** Position among the export runs, counted modulo. */
  readonly of: number;
}

/** All that retention looks at. `of` and `last…` say which run, counted modulo. */
export interface RunBook {
  readonly runs: readonly Run[];
  readonly windows: readonly Window[];
  readonly lastOfStream: readonly number[];
  readonly lastOfExport: readonly number[];
  readonly lastOfSchedule: readonly number[];
  readonly cursors: readonly number[];
  readonly alerts: readonly { of: number; age: number; settled: boolean }[];
  readonly sizes: readonly number[];
}

/** A time in whole minutes: the database knows no fraction of a moment. */
const minutes = (days: number): fc.Arbitrary<number> => fc.nat(days * 1440).map((all) => all / 1440);
const age = fc.oneof(minutes(900), fc.constantFrom(89, 91, 399, 401));
const index = fc.nat(1000);

export const runBooks: fc.Arbitrary<RunBook> = fc.record({
  runs: fc.array(
    fc.record({
      command: fc.constantFrom('sync', 'sync', 'backfill', 'export'),
      status: fc.constantFrom('complete', 'complete', 'partial', 'failed', 'interrupted', 'running'),
      age,
      lasted: minutes(3),
      ended: fc.boolean(),
      continues: fc.boolean(),
      streams: fc.array(
        fc.record({
          status: fc.constantFrom('complete', 'skipped', 'unavailable', 'failed', 'partial'),
          changed: fc.constantFrom(0, 0, 3),
          failed: fc.constantFrom(0, 0, 1),
        }),
        { maxLength: 3 },
      ),
      events: fc.nat(3),
      exports: fc.array(
        fc.record({
          export: fc.constantFrom('x', 'y'),
          rows: fc.constantFrom(0, 0, 5),
          status: fc.constantFrom('complete', 'skipped', 'failed'),
          drift: fc.boolean(),
        }),
        { maxLength: 2 },
      ),
    }),
    { maxLength: 20 },
  ),
  windows: fc.array(
    fc.record({
      export: fc.constantFrom('x', 'y'),
      from: fc.nat(2),
      hours: fc.integer({ min: 1, max: 4 }),
      rows: fc.nat(2),
      age,
      of: index,
    }),
    { maxLength: 8 },
  ),
  lastOfStream: fc.array(index, { maxLength: 2 }),
  lastOfExport: fc.array(index, { maxLength: 2 }),
  lastOfSchedule: fc.array(index, { maxLength: 1 }),
  cursors: fc.array(index, { maxLength: 3 }),
  alerts: fc.array(fc.record({ of: index, age, settled: fc.boolean() }), { maxLength: 4 }),
  sizes: fc.uniqueArray(fc.nat(900), { maxLength: 60 }),
});

/** Names of what is there: runs, `run/stream`, export runs, windows, alerts, days. */
export interface Names {
  readonly runs: string[];
  readonly streams: string[];
  readonly events: string[];
  readonly exportRuns: string[];
  readonly windows: string[];
  readonly alerts: string[];
  readonly sizes: string[];
}

interface Settings {
  readonly runDays: number;
  readonly detailDays: number;
  readonly sizeMonths: number;
}

export const windowName = (w: Window): string => `${w.export} ${w.from} ${w.hours}`;
export const eventName = (run: string, n: number): string => `${run} event ${n}`;

/** The part of a book that must be left. */
export function expectedLeft(book: RunBook, now: Date, settings: Settings): Names {
  const { runDays, detailDays, sizeMonths } = settings;
  const exportRuns = exportRunsOf(book);
  const runs = book.runs.map((run, i) => ({ ...run, name: `run ${i}`, cycle: cycleOf(book, i) }));
  const endOf = ({ age, lasted, ended }: Run): number => (ended ? age - lasted : age);

  const windows = unique(book.windows, windowName);
  const windowsLeft = windows.filter(
    (w) =>
      w.age <= detailDays ||
      !windows.some(
        (o) =>
          o.export === w.export &&
          o.from === w.from &&
          o.hours > w.hours &&
          o.age <= w.age &&
          o.rows >= w.rows,
      ),
  );
  const named = new Set(exportRuns.length === 0 ? [] : windowsLeft.map((w) => w.of % exportRuns.length));

  const lastCycles = new Set(
    ['sync', 'backfill', 'export'].flatMap((command) => {
      const ages = runs.filter((run) => run.command === command);
      const youngest = Math.min(...ages.map((run) => run.age));
      return ages.filter((run) => run.age === youngest).map((run) => run.cycle);
    }),
  );
  const exportRunsLeft = exportRuns.filter((x, i) => {
    const run = runs[x.run];
    const isLast = !exportRuns.slice(i + 1).some((o) => o.export === x.export);
    const isOld = run !== undefined && run.status !== 'running' && endOf(run) > detailDays;
    return !isOld || x.status === 'failed' || x.rows > 0 || x.drift || named.has(i) || isLast;
  });

  const needed = new Set<string>();
  const need = (of: number): void => void needed.add(`run ${of % Math.max(1, runs.length)}`);
  for (const of of [...book.lastOfStream, ...book.lastOfExport, ...book.lastOfSchedule]) need(of);
  for (const of of book.cursors) if (runs[of % Math.max(1, runs.length)]?.command === 'backfill') need(of);
  for (const alert of book.alerts) if (!alert.settled) need(alert.of);
  exportRuns.forEach((x, i) => {
    const isLastWithRows =
      x.rows > 0 && !exportRuns.slice(i + 1).some((o) => o.export === x.export && o.rows > 0);
    if (named.has(i) || isLastWithRows) needed.add(`run ${x.run}`);
  });
  const left = runs.filter(
    (run) =>
      run.status === 'running' || endOf(run) <= runDays || lastCycles.has(run.cycle) || needed.has(run.name),
  );
  const kept = new Set(left.map(({ name }) => name));

  const days = book.sizes.map((age) => dayOf(now, age)).sort();
  const oldest = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - sizeMonths, 1))
    .toISOString()
    .slice(0, 10);
  const daily = dayOf(now, 90);
  return {
    runs: left.map(({ name }) => name).sort(),
    streams: left
      .flatMap((run) =>
        run.streams.flatMap(({ status, changed, failed }, i) => {
          const isPlain = ['complete', 'skipped', 'unavailable'].includes(status) && changed + failed === 0;
          const isOld = run.status !== 'running' && endOf(run) > detailDays && !lastCycles.has(run.cycle);
          return isPlain && isOld ? [] : [`${run.name}/${i}`];
        }),
      )
      .sort(),
    events: left
      .flatMap((run) => Array.from({ length: run.events }, (_, i) => eventName(run.name, i)))
      .sort(),
    exportRuns: exportRunsLeft
      .filter((x) => kept.has(`run ${x.run}`))
      .map(({ name }) => name)
      .sort(),
    windows: windowsLeft.map(windowName).sort(),
    alerts: book.alerts
      .flatMap((alert, i) => (alert.settled && alert.age > runDays ? [] : [`alert ${i}`]))
      .sort(),
    sizes: days.filter(
      (day) =>
        day >= oldest &&
        (day >= daily || day === days.find((d) => d >= oldest && d.startsWith(day.slice(0, 7)))),
    ),
  };
}

export function cycleOf(book: RunBook, i: number): string {
  const [run, before] = [book.runs[i], book.runs[i - 1]];
  const goesOn = i > 0 && run?.continues === true && before?.command === run.command;
  return goesOn ? cycleOf(book, i - 1) : `cycle ${i}`;
}

export function exportRunsOf(book: RunBook): (Run['exports'][number] & { name: string; run: number })[] {
  return book.runs
    .flatMap((run, i) => run.exports.map((one) => ({ ...one, run: i })))
    .map((one, i) => ({ ...one, name: String(i + 1) }));
}

export function dayOf(now: Date, age: number): string {
  return new Date(now.getTime() - age * DAY_MS).toISOString().slice(0, 10);
}

export function unique<T>(items: readonly T[], name: (item: T) => string): T[] {
  return items.filter((item, i) => items.findIndex((other) => name(other) === name(item)) === i);
}
