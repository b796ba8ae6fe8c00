/** Due times of an export: its schedule, in time zones and over changes of daylight saving time. */
import fc from 'fast-check';
import { getTasks } from 'node-cron';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/core/errors.ts';
import { isDue } from '../../../src/exports/select-exports.ts';

const NIGHTLY = '15 2 * * *';

function due(schedule: string | undefined, timeZone: string, lastSuccess: string, now: string): boolean {
  return isDue({ schedule, timeZone, lastSuccess: new Date(lastSuccess), now: new Date(now) });
}

describe('an export', () => {
  it('without a schedule is always due, and so is one that never succeeded', () => {
    const now = new Date('2026-11-24T12:00:00Z');
    expect(isDue({ schedule: undefined, timeZone: 'UTC', lastSuccess: now, now })).toBe(true);
    expect(isDue({ schedule: NIGHTLY, timeZone: 'UTC', lastSuccess: undefined, now })).toBe(true);
  });

  it.each([
    // A turn counts when it has come, and no more once it was used.
    ['UTC', '2026-11-23T02:15:00Z', '2026-11-24T02:14:59.999Z', false],
    ['UTC', '2026-11-23T02:15:00Z', '2026-11-24T02:15:00Z', true],
    ['UTC', '2026-11-24T02:14:59.999Z', '2026-11-24T02:15:30Z', true],
    ['UTC', '2026-11-24T02:15:00Z', '2026-11-24T02:15:30Z', false],
    ['UTC', '2026-11-24T02:15:20Z', '2026-11-24T23:59:00Z', false],
    ['UTC', '2026-10-01T02:20:00Z', '2026-11-24T01:00:00Z', true],
    // The clock on the wall: Tokyo is 9 hours ahead, Kathmandu 5:45, New York 5 behind in winter.
    ['Asia/Tokyo', '2026-11-23T12:00:00Z', '2026-11-23T17:14:00Z', false],
    ['Asia/Tokyo', '2026-11-23T12:00:00Z', '2026-11-23T17:15:00Z', true],
    ['Asia/Kathmandu', '2026-11-23T12:00:00Z', '2026-11-23T20:29:00Z', false],
    ['Asia/Kathmandu', '2026-11-23T12:00:00Z', '2026-11-23T20:30:00Z', true],
    ['America/New_York', '2026-11-24T03:00:00Z', '2026-11-24T07:15:00Z', true],
    // On 29 March 2026 the clocks of Berlin go from 2:00 to 3:00: what would be at 2:15 comes at 3:00.
    ['Europe/Berlin', '2026-03-28T02:00:00Z', '2026-03-29T00:59:59Z', false],
    ['Europe/Berlin', '2026-03-28T02:00:00Z', '2026-03-29T01:00:00Z', true],
    ['Europe/Berlin', '2026-03-29T01:00:00Z', '2026-03-29T23:00:00Z', false],
    ['Europe/Berlin', '2026-03-28T02:00:00Z', '2026-03-30T00:15:00Z', true],
    // On 25 October they go back from 3:00 to 2:00: there are two.
    ['Europe/Berlin', '2026-10-24T12:00:00Z', '2026-10-25T00:15:00Z', true],
    ['Europe/Berlin', '2026-10-25T00:20:00Z', '2026-10-25T01:14:00Z', false],
    ['Europe/Berlin', '2026-10-25T00:20:00Z', '2026-10-25T01:15:00Z', true],
    ['Europe/Berlin', '2026-10-25T01:20:00Z', '2026-10-26T01:14:00Z', false],
    // Success after now: a clock that went back.
    ['UTC', '2026-11-25T12:00:00Z', '2026-11-24T12:00:00Z', false],
  ])('at 2:15 in %s, last done %s, at %s: %s', (timeZone, lastSuccess, now, expected) => {
    expect(due(NIGHTLY, timeZone, lastSuccess, now)).toBe(expected);
  });

  it('knows weekdays, seconds and rare turns', () => {
    // 20 November 2026 is a Friday.
    expect(due('0 6 * * 1', 'UTC', '2026-11-20T00:00:00Z', '2026-11-23T05:59:00Z')).toBe(false);
    expect(due('0 6 * * mon', 'UTC', '2026-11-20T00:00:00Z', '2026-11-23T06:00:00Z')).toBe(true);
    expect(due('30 0 6 * * *', 'UTC', '2026-11-23T00:00:00Z', '2026-11-23T06:00:29Z')).toBe(false);
    expect(due('30 0 6 * * *', 'UTC', '2026-11-23T00:00:00Z', '2026-11-23T06:00:30Z')).toBe(true);
    expect(due('30 0 6 * * *', 'UTC', '2026-11-23T06:00:10Z', '2026-11-23T06:00:40Z')).toBe(true);
    expect(due('0 0 1 1 *', 'UTC', '2025-12-31T12:00:00Z', '2026-11-24T00:00:00Z')).toBe(true);
    expect(due('0 0 29 2 *', 'UTC', '2020-01-01T00:00:00Z', '2026-11-24T00:00:00Z')).toBe(false);
  });

  it('has the turns that arithmetic gives it, in a zone without daylight saving time', () => {
    const time = fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2026, 0, 4) });
    fc.assert(
      fc.property(time, time, fc.nat(23), fc.nat(59), (lastSuccess, now, hour, minute) => {
        const inDay = (hour * 60 + minute - (5 * 60 + 45)) * 60_000;
        const turn = Math.floor((now - inDay) / 86_400_000) * 86_400_000 + inDay;
        expect(
          isDue({
            schedule: `${minute} ${hour} * * *`,
            timeZone: 'Asia/Kathmandu',
            lastSuccess: new Date(lastSuccess),
            now: new Date(now),
          }),
        ).toBe(turn > lastSuccess);
      }),
    );
  });

  it.each([
    ['61 * * * *', 'UTC'],
    ['nightly', 'UTC'],
    [NIGHTLY, 'Mars/Olympus'],
  ])('whose schedule is %j in %s is an error of the settings', (schedule, timeZone) => {
    expect(() => isDue({ schedule, timeZone, lastSuccess: undefined, now: new Date() })).toThrow(ConfigError);
  });

  it('leaves no task behind', () => {
    due(NIGHTLY, 'UTC', '2026-11-23T02:15:00Z', '2026-11-24T02:15:00Z');
    expect(getTasks().size).toBe(0);
  });
});
