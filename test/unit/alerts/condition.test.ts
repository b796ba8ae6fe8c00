/** The fate of alerts from one look to the next. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Condition,
  DRIFT_MEMORY_MS,
  diff,
  type Findings,
  type OpenAlert,
} from '../../../src/operations/alerts/condition.ts';
import { backoffMs, MOST_ATTEMPTS } from '../../../src/operations/alerts/delivery-retry.ts';

const NOW = new Date('2026-11-24T03:00:00Z');
const KINDS = ['failure', 'staleness', 'deletion_guard', 'drift'] as const;

const key: fc.Arbitrary<string> = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const condition = fc
  .record({ key, kind: fc.constantFrom(...KINDS), detail: fc.string() })
  .map((some): Condition => ({ ...some, subject: 'stream x', runId: undefined }));
const findings = fc.record({
  conditions: fc.array(condition),
  held: fc.array(key).map((keys) => new Set(keys)),
}) satisfies fc.Arbitrary<Findings>;
const alert = fc.record({ key, kind: fc.constantFrom(...KINDS), ageMs: fc.nat(2 * DRIFT_MEMORY_MS) }).map(
  ({ ageMs, ...some }): OpenAlert => ({
    ...{ ...some, subject: 'stream x', detail: '', runId: null, alertId: some.key },
    raisedAt: new Date(0),
    lastSeenAt: new Date(NOW.getTime() - ageMs),
  }),
);
const open = fc.uniqueArray(alert, { selector: (one) => one.key });
const keys = (items: readonly { key: string }[]): string[] => items.map((item) => item.key).sort();

describe('diff', () => {
  it('raises what is new, once, and keeps what is known', () => {
    fc.assert(
      fc.property(open, findings, (alerts, found) => {
        const { raise, still, settle } = diff(alerts, found, NOW);
        const wrong = [...new Set(keys(found.conditions))];
        const known = keys(alerts);
        expect(keys(raise)).toEqual(wrong.filter((one) => !known.includes(one)));
        expect(keys(still.map(({ alert }) => alert))).toEqual(known.filter((one) => wrong.includes(one)));
        for (const { alert, condition: same } of still) expect(same.key).toBe(alert.key);
        for (const { key: gone, kind, lastSeenAt } of settle) {
          expect(wrong).not.toContain(gone);
          expect(found.held.has(gone)).toBe(false);
          if (kind === 'drift') expect(NOW.getTime() - lastSeenAt.getTime()).toBeGreaterThan(DRIFT_MEMORY_MS);
        }
        const left = alerts.filter(({ key: one }) => !wrong.includes(one) && !found.held.has(one));
        expect(keys(left.filter(({ kind }) => kind !== 'drift'))).toEqual(
          keys(settle.filter(({ kind }) => kind !== 'drift')),
        );
      }),
    );
  });

  it('has nothing to do a second time', () => {
    fc.assert(
      fc.property(open, findings, (alerts, found) => {
        const { raise, still, settle } = diff(alerts, found, NOW);
        const gone = new Set(keys(settle));
        const after: OpenAlert[] = [
          ...alerts.filter(({ key: one }) => !gone.has(one)),
          ...raise.map(({ key: one, kind, subject, detail }, i) => ({
            ...{ key: one, kind, subject, detail, runId: null, alertId: `new${i}` },
            ...{ raisedAt: NOW, lastSeenAt: NOW },
          })),
        ];
        const again = diff(after, found, NOW);
        expect([again.raise, again.settle]).toEqual([[], []]);
        expect(again.still).toHaveLength(still.length + raise.length);
      }),
    );
  });
});

describe('backoff', () => {
  it('grows, never beyond six hours, and ends after three days', () => {
    const waits = Array.from({ length: MOST_ATTEMPTS - 1 }, (_, i) => backoffMs(i + 1) ?? 0);
    expect(waits[0]).toBe(60_000);
    expect(waits).toEqual(waits.toSorted((a, b) => a - b));
    expect(Math.max(...waits)).toBe(6 * 3_600_000);
    const days = waits.reduce((sum, ms) => sum + ms, 0) / 86_400_000;
    expect(days).toBeGreaterThan(2);
    expect(days).toBeLessThan(4);
    expect(backoffMs(MOST_ATTEMPTS)).toBeUndefined();
  });
});
