/** Every model of the analytics schema against a naive computation; test/long/analytics-truth.test.ts does more of it, on both engines. */
import { expect, it } from 'vitest';
import { follow } from '../support/answers/follow.ts';

it('answers are what the organization is, however it changes', async () => {
  // Nothing was compared with nothing.
  expect(await follow({ seed: 102 }, [30, 50])).toEqual([]);
});
