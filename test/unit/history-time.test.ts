/** Times as people write them for "diff". */
import { expect, it } from 'vitest';
import { timeOf } from '../../src/cli/options/parsers.ts';

it.each([
  ['2026-03-03', '2026-03-03T00:00:00.000Z'],
  ['2024-02-29', '2024-02-29T00:00:00.000Z'],
  ['2026-03-03T09:30', '2026-03-03T09:30:00.000Z'],
  ['2026-03-03 09:30:01.5', '2026-03-03T09:30:01.500Z'],
  ['2026-03-03T09:30:00.123Z', '2026-03-03T09:30:00.123Z'],
  ['2026-03-03T09:30:00+02:00', '2026-03-03T07:30:00.000Z'],
])('%s is %s', (text, time) => {
  expect(timeOf('--from')(text).toISOString()).toBe(time);
});

it.each([
  '',
  'yesterday',
  '2026-02-30',
  '2026-13-01',
  '2026-3-3',
  '03/03/2026',
  '2026-03-03T25:00Z',
  '2026-03-03Z',
  '1772496000',
])('"%s" is refused with an example', (text) => {
  expect(() => timeOf('--from')(text)).toThrow(/^--from must be a time such as 2026-03-03 or .*not "/);
});
