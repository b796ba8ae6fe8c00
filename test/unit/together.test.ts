/** Questions that are asked together. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { together } from '../../src/core/together.ts';

it('are those of one moment, and what comes meanwhile is the next call', async () => {
  const calls: string[][] = [];
  const lengthOf = together(async (keys: readonly string[]) => {
    calls.push([...keys]);
    await sleep(5);
    if (keys.includes('bad')) throw new Error('no answer');
    return new Map(keys.filter((key) => key !== 'unknown').map((key) => [key, key.length]));
  });
  const first = Promise.all([lengthOf('a'), lengthOf('bb'), lengthOf('a'), lengthOf('unknown')]);
  await sleep(1);
  const later = Promise.allSettled([lengthOf('bad'), lengthOf('ccc')]);
  expect(await first).toEqual([1, 2, 1, undefined]);
  expect((await later).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  // A failure is of its call alone.
  expect(await lengthOf('ccc')).toBe(3);
  expect(calls).toEqual([['a', 'bb', 'unknown'], ['bad', 'ccc'], ['ccc']]);
});
