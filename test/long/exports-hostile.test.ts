/**
 * The table holds the same as its element, for any element and either way of loading. HOSTILE_RUNS says how many random
 * tables are tried.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Session } from '../../src/core/database/database.ts';
import { SQL_TYPE } from '../../src/exports/decide/kinds.ts';
import { type ExportRig, startExportRig } from '../support/export-rig.ts';
import { exportSteps } from '../support/export-steps.ts';
import {
  type HostileTable,
  hostileTable,
  kindsOf,
  meaning,
  type ShownCell,
  shownCells,
} from '../support/hostile-data.ts';

const numRuns = Number(process.env['HOSTILE_RUNS'] ?? 40);
const timeout = 30_000 + numRuns * 1000;

let rig: ExportRig;
let number = 0;
/** Rows that COPY took straight from a file. */
let fast = 0;
beforeAll(async () => {
  rig = await startExportRig();
  const { database } = rig.engine;
  const transaction = database.transaction.bind(database);
  database.transaction = (work) => transaction((session) => work(counting(session)));
});
afterAll(() => rig[Symbol.asyncDispose]());

function counting(session: Session): Session {
  return Object.assign(Object.create(session) as Session, {
    copyFrom: async (...args: Parameters<Session['copyFrom']>) => {
      const rows = await session.copyFrom(...args);
      fast += rows;
      return rows;
    },
  });
}

const shortType = (type: string): string => type.replace('timestamp with time zone', 'timestamptz');
const sorted = (rows: unknown[][]): unknown[][] =>
  rows
    .map((row) => [JSON.stringify(row), row] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, row]) => row);

/** Every cell as the text that Postgres writes it as. */
async function storedTexts(table: string, columns: readonly string[]): Promise<(string | null)[][]> {
  // PGlite would leave out a byte-order mark at the beginning.
  const list = columns.map((name, i) => `'=' || (to_jsonb("${name}") #>> '{}') as c${i}`).join(', ');
  const rows = await rig.query<Record<string, string | null>>(
    `select ${list} from ${table} order by _row_number`,
  );
  return rows.map((row) => columns.map((_, i) => row[`c${i}`]?.slice(1) ?? null));
}

const switches = fc.record({
  bom: fc.boolean(),
  crlf: fc.boolean(),
  trailingBlankLines: fc.nat({ max: 2 }),
  formatted: fc.boolean(),
  shuffle: fc.boolean(),
});

test('a table holds what was exported', { timeout }, async () => {
  await fc.assert(
    fc.asyncProperty(
      hostileTable({ nul: true }),
      fc.constantFrom('csv', 'jsonl'),
      switches,
      async (table, format, exports) => {
        rig.simulator.faults.set({ exports });
        const one = exportSteps(rig, `hostile_${++number}`, { format });
        const shown = shownCells(table, { format, formatted: exports.formatted });
        const isGood = (row: (ShownCell | null)[]): boolean => !row.some((cell) => cell?.text.includes('\0'));
        const good = shown.filter(isGood);
        const report = await one.load(table, { status: good.length < shown.length ? 'partial' : 'complete' });
        expect(report).toMatchObject({
          rows: shown.length,
          inserted: good.length,
          rejected: shown.length - good.length,
        });
        // JSON of no rows names no columns.
        if (format === 'jsonl' && shown.length === 0) return;
        const types = await one.types();
        const kinds = kindsOf(table.columns.length, good);
        expect(Object.values(types).map(shortType)).toEqual(kinds.map((kind) => SQL_TYPE[kind]));
        const stored = await storedTexts(one.table, Object.keys(types));
        const means = (rows: (string | null)[][]): unknown[][] =>
          rows.map((row) => row.map((text, i) => meaning(kinds[i] ?? 'text', text)));
        const expected = means(good.map((row) => row.map((cell) => cell?.text ?? null)));
        if (exports.shuffle) expect(sorted(means(stored))).toEqual(sorted(expected));
        else expect(means(stored)).toEqual(expected);
      },
    ),
    { numRuns },
  );
});

/** More rows of the first one's kind than a sample has, so that the others come as a surprise. */
function behindSample({ columns, rows }: HostileTable): HostileTable {
  const [first] = rows;
  if (first === undefined) return { columns, rows };
  const pad = 'x'.repeat(2000);
  return {
    columns: [...columns, { label: 'pad', type: 'text' }],
    rows: [...Array.from({ length: 200 }, () => [...first, pad]), ...rows.map((row) => [...row, null])],
  };
}

test('both ways have one result', { timeout }, async () => {
  rig.simulator.faults.clear();
  let ways = 0;
  await fc.assert(
    fc.asyncProperty(hostileTable(), fc.boolean(), async (small, isLong) => {
      const table = isLong ? behindSample(small) : small;
      const before = fast;
      const loaded = [];
      // Formatted numbers are nothing that COPY understands: a column of them closes the fast way.
      for (const force of ['1234.5', '$1,234.50']) {
        const one = exportSteps(rig, `hostile_${++number}`);
        const columns = [...table.columns, { label: 'force', type: 'text' as const }];
        const { rows, rejected, inserted } = await one.load({
          columns,
          rows: [...table.rows.map((row) => [...row, force])],
        });
        const types = await one.types();
        const stored = await storedTexts(one.table, Object.keys(types).slice(0, -1));
        loaded.push({ rows, rejected, inserted, types: Object.entries(types).slice(0, -1), stored });
      }
      expect(loaded[1]).toEqual(loaded[0]);
      if (fast - before === table.rows.length && fast > before) ways++;
    }),
    { numRuns },
  );
  expect(ways).toBeGreaterThan(numRuns / 5);
});
