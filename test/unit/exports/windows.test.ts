/** Windows: nothing between them, nothing twice, and the values that the control gets. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  controlValue,
  firstFrom,
  planWindows,
  splitWindow,
  type TimeWindow,
} from '../../../src/exports/decide/windows.ts';

const at = (text: string) => new Date(`${text}Z`);
const date = fc.date({ min: at('1970-01-01T00:00:00'), max: at('2100-01-01T00:00:00'), noInvalidDate: true });
const range = fc
  .tuple(date, fc.oneof(fc.integer({ min: -5, max: 5_000 }), fc.integer({ min: 0, max: 40 * 86_400_000 })))
  .map(([from, length]) => ({ from, to: new Date(from.getTime() + length) }));

function expectTiles(windows: readonly TimeWindow[], { from, to }: TimeWindow): void {
  expect(windows[0]?.from).toEqual(from);
  expect(windows.at(-1)?.to).toEqual(to);
  for (const [index, window] of windows.entries()) {
    expect(window.from.getTime()).toBeLessThan(window.to.getTime());
    if (index > 0) expect(window.from).toEqual(windows[index - 1]?.to);
  }
}

describe('planWindows', () => {
  it('covers the range exactly, cut at whole steps from the origin', () => {
    fc.assert(
      fc.property(
        range,
        date,
        fc.integer({ min: 1, max: 500 }),
        fc.integer(),
        (range, origin, count, odd) => {
          const length = range.to.getTime() - range.from.getTime();
          const stepMs = Math.max(1, Math.ceil(length / count) + (odd % 7));
          const windows = planWindows({ ...range, stepMs, origin });
          if (length <= 0) {
            expect(windows).toEqual([]);
            return;
          }
          expectTiles(windows, range);
          for (const { from, to } of windows)
            expect(to.getTime() - from.getTime()).toBeLessThanOrEqual(stepMs);
          for (const { to } of windows.slice(0, -1)) {
            expect(Math.abs((to.getTime() - origin.getTime()) % stepMs)).toBe(0);
          }
        },
      ),
    );
  });

  it('gives days of an audit log', () => {
    const windows = planWindows({
      from: at('2026-10-01T21:00:00'),
      to: at('2026-10-03T02:15:00'),
      stepMs: 86_400_000,
      origin: at('2026-10-05T00:00:00'),
    });
    expect(windows.map(controlValue)).toEqual([
      'min:2026-10-01T21:00:00,max:2026-10-02T00:00:00',
      'min:2026-10-02T00:00:00,max:2026-10-03T00:00:00',
      'min:2026-10-03T00:00:00,max:2026-10-03T02:15:00',
    ]);
  });

  it.each([0, -1, 0.5, Number.NaN])('refuses a step of %d ms', (stepMs) => {
    const day = at('2026-01-01T00:00:00');
    expect(() => planWindows({ from: day, to: day, stepMs, origin: day })).toThrow(RangeError);
  });
});

describe('splitWindow', () => {
  it('halves at a whole second until a second is left', () => {
    fc.assert(
      fc.property(range, (window) => {
        const length = window.to.getTime() - window.from.getTime();
        const halves = splitWindow(window);
        if (length <= 1_000) {
          expect(halves).toBeUndefined();
          return;
        }
        expectTiles(halves ?? [], window);
        const [first, second] = halves ?? [];
        const middle = first?.to.getTime() ?? Number.NaN;
        expect(middle % 1_000).toBe(0);
        expect(
          Math.abs(middle - window.from.getTime() - ((second?.to.getTime() ?? 0) - middle)),
        ).toBeLessThanOrEqual(1_000);
      }),
    );
  });
});

describe('controlValue', () => {
  it('is whole seconds that contain the window, and no more than one to each side', () => {
    expect(
      controlValue({ from: new Date('2026-01-01T00:00:00.999Z'), to: new Date('2026-01-02T00:00:00.001Z') }),
    ).toBe('min:2026-01-01T00:00:00,max:2026-01-02T00:00:01');
    fc.assert(
      fc.property(range, (window) => {
        const [, min = '', max = ''] = /^min:([^,]{19}),max:([^,]{19})$/.exec(controlValue(window)) ?? [];
        const before = window.from.getTime() - at(min).getTime();
        const after = at(max).getTime() - window.to.getTime();
        for (const extra of [before, after]) expect(extra >= 0 && extra < 1_000).toBe(true);
      }),
    );
  });
});

describe('firstFrom', () => {
  const start = at('2026-10-01T00:00:00');

  it.each([
    ['nothing is stored', undefined, start],
    ['the lookback fits', at('2026-11-01T00:00:00'), at('2026-10-31T21:00:00')],
    ['the lookback reaches before the start', at('2026-10-01T02:00:00'), start],
    ['the start was moved behind the watermark', at('2026-09-01T00:00:00'), start],
  ])('where %s', (_, watermark, expected) => {
    expect(firstFrom({ start, watermark, lookbackMs: 3 * 3_600_000 })).toEqual(expected);
  });
});
