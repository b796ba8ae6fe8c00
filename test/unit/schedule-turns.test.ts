/** Turns of cron expressions: the latest and the next agree with each other, over changes of the clock, too. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTurns } from '../../src/core/turns.ts';

const next = (schedule: string, zone: string, after: string): string | undefined =>
  parseTurns(schedule, zone).next(new Date(after))?.toISOString();

describe('the next turn', () => {
  it.each([
    ['15 2 * * *', 'UTC', '2026-11-24T02:15:00Z', '2026-11-25T02:15:00.000Z'],
    ['15 2 * * *', 'UTC', '2026-11-24T02:14:59Z', '2026-11-24T02:15:00.000Z'],
    ['*/20 * * * * *', 'UTC', '2026-11-24T02:14:41Z', '2026-11-24T02:15:00.000Z'],
    ['0 6 * * mon', 'Asia/Kathmandu', '2026-11-24T00:00:00Z', '2026-11-30T00:15:00.000Z'],
    ['30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', '2026-03-29T01:00:00.000Z'],
    ['30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', '2026-10-25T00:30:00.000Z'],
    ['30 2 * * *', 'Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-25T01:30:00.000Z'],
    // The clocks of Lord Howe move by half an hour, from 2:00 to 2:30.
    ['10 2 * * *', 'Australia/Lord_Howe', '2026-10-03T12:00:00Z', '2026-10-03T15:30:00.000Z'],
    ['0 0 1 1 *', 'UTC', '2026-01-01T00:00:00Z', '2027-01-01T00:00:00.000Z'],
    // A day of the month and a day of the week: either will do, unless one begins with a star.
    ['15 2 1 * mon', 'UTC', '2026-11-24T00:00:00Z', '2026-11-30T02:15:00.000Z'],
    ['15 2 1 * mon', 'UTC', '2026-11-30T12:00:00Z', '2026-12-01T02:15:00.000Z'],
    ['0 15 2 13 11 fri', 'UTC', '2026-11-07T00:00:00Z', '2026-11-13T02:15:00.000Z'],
    ['15 2 */10 * mon', 'UTC', '2026-11-12T00:00:00Z', '2026-12-21T02:15:00.000Z'],
  ])('of %s in %s after %s is %s', (schedule, zone, after, expected) => {
    expect(next(schedule, zone, after)).toBe(expected);
  });

  it('may be years away', () => {
    expect(next('0 0 29 2 *', 'UTC', '2026-11-24T00:00:00Z')).toBeUndefined();
    expect(next('0 0 29 2 *', 'UTC', '2027-06-01T00:00:00Z')).toBe('2028-02-29T00:00:00.000Z');
  });
});

it('the latest turn before the next one but one is the next one', () => {
  const schedule = fc.constantFrom(
    '15 2 * * *',
    '0 */6 * * *',
    '30 1,2,3 * * *',
    '*/7 * * * *',
    '5 0 * * sun',
  );
  const zone = fc.constantFrom(
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'Asia/Kathmandu',
    'Pacific/Chatham',
  );
  const time = fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2027, 0) });
  fc.assert(
    fc.property(schedule, zone, time, (cron, timeZone, at) => {
      const turns = parseTurns(cron, timeZone);
      const after = new Date(at);
      const first = turns.next(after);
      const second = first && turns.next(first);
      if (first === undefined || second === undefined) throw new Error('it has turns');
      expect(first > after && second > first).toBe(true);
      expect(turns.latest(after, new Date(second.getTime() - 1))).toEqual(first);
      expect(turns.latest(after, second)).toEqual(second);
      expect(turns.latest(after, new Date(first.getTime() - 1))).toBeUndefined();
    }),
  );
});
