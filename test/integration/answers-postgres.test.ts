/** Every model of the analytics schema against a naive computation; test/long/analytics-truth.test.ts does more of it, on both engines. */
import { expect, it } from 'vitest';
import { follow } from '../support/answers/follow.ts';

it.each([
  ['short', 102, {}],
  ['long', 103, { shortGrantIds: false }],
])(
  'answers are what the organization is, however it changes, with %s ids of objects in grants',
  async (_, seed, novelties) => {
    // Nothing was compared with nothing.
    expect(await follow({ seed }, [30, 50], novelties)).toEqual([]);
  },
);
