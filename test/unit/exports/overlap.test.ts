/** Rows that two pages have in common: each is kept once, whichever way the pages count. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KEPT_ROWS, Overlap } from '../../../src/exports/read/overlap.ts';

/** All rows, read in pages, by what a page leaves out of the rows it has. */
function readInPages(rows: readonly string[], limit: number, base: 0 | 1): string[] {
  const read: string[] = [];
  let last: string[] = [];
  for (let page = rows.slice(0, limit); ; ) {
    const overlap = read.length === 0 ? undefined : new Overlap(last);
    const fresh = page.slice(0);
    while (fresh.length > 0 && overlap?.leaveOut(fresh[0] ?? '') === true) fresh.shift();
    overlap?.check();
    read.push(...fresh);
    if (page.length < limit) return read;
    last = [...last, ...fresh].slice(-KEPT_ROWS);
    const offset = read.length - new Overlap(last).rows;
    page = rows.slice(offset - base, offset - base + limit);
  }
}

test('pages give every row once, or say that they can not tell', () => {
  let refused = 0;
  const rows = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 80 });
  fc.assert(
    fc.property(rows, fc.integer({ min: 10, max: 20 }), fc.constantFrom<0 | 1>(0, 1), (all, limit, base) => {
      try {
        expect(readInPages(all, limit, base)).toEqual(all);
      } catch (error) {
        expect(error).toMatchObject({ code: 'export', message: expect.stringContaining('all alike') });
        refused++;
      }
    }),
    { numRuns: 500 },
  );
  expect(refused).toBeLessThan(100);
});

test('another order is found out', () => {
  const overlap = (): Overlap => new Overlap(['x', 'y', 'z', 'z']);
  const after =
    (...page: string[]): (() => void) =>
    () => {
      const one = overlap();
      for (const row of page) if (!one.leaveOut(row)) break;
      one.check();
    };
  expect(overlap().rows).toBe(2);
  expect(after('z', 'z', 'new')).not.toThrow();
  expect(after('y', 'z', 'z', 'new')).not.toThrow();
  for (const page of [
    [],
    ['z'],
    ['z', 'new'],
    ['y', 'y', 'z'],
    ['x', 'y', 'z', 'z'],
    ['z', 'y', 'z'],
    ['new'],
  ])
    expect(after(...page)).toThrow('The order of the rows changed');
});
