/** Every model of the analytics schema against a naive computation; test/long/analytics-truth.test.ts does more of it, on both engines. */
import { expect, it } from 'vitest';
import { follow } from '../support/answers/follow.ts';

const OLDER = { documentLineage: false, lineageNodes: false, columnTypes: false, customSqlIds: false };

it.each([
  ['with short ids of objects in grants', 102, [30, 50], {}],
  ['with long ids of objects in grants', 108, [30, 50], { shortGrantIds: false }],
  ['of an API that has nothing of 2026 in lineage, columns and sources', 102, [40], OLDER],
])('answers are what the organization is, however it changes, %s', async (_, seed, rounds, novelties) => {
  // Nothing was compared with nothing.
  expect(await follow({ seed }, rounds, novelties)).toEqual([]);
});
