/** Every model of the analytics schema against a naive computation; test/long/analytics-truth.test.ts does more of it, on both engines. */
import { expect, it } from 'vitest';
import { follow } from '../support/answers/follow.ts';

it('answers are what the organization is, however it changes', async () => {
  // Nothing was compared with nothing.
  expect(await follow({ seed: 102 }, [30, 50])).toEqual([]);
});

it('answers are the same of an API that has nothing of 2026', async () => {
  const older = { documentLineage: false, lineageNodes: false, columnTypes: false, customSqlIds: false };
  expect(await follow({ seed: 103 }, [40], older)).toEqual([]);
});
