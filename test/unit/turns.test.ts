/** Turns at the one connection of the embedded database. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { openTurns } from '../../src/core/database/embedded/turns.ts';
import { urgently } from '../../src/core/database/urgency.ts';

it('go to one after the other, what is urgent first, whatever becomes of those before', async () => {
  const turns = openTurns();
  const order: string[] = [];
  const take = (name: string): Promise<void> =>
    turns.take(async () => {
      order.push(`${name} begins`);
      await sleep(5);
      order.push(`${name} ends`);
      if (name === 'failing') throw new Error('it failed');
    });
  const all = await Promise.allSettled([
    take('first'),
    take('failing'),
    take('third'),
    urgently(() => take('page')),
    urgently(async () => {
      await sleep(1);
      await take('other page');
    }),
  ]);
  expect(all.map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
    'fulfilled',
    'fulfilled',
  ]);
  const names = ['first', 'page', 'other page', 'failing', 'third'];
  expect(order).toEqual(names.flatMap((name) => [`${name} begins`, `${name} ends`]));
  await take('last');
  expect(order.at(-1)).toBe('last ends');
});

it('let a page ask all its questions before others go on', async () => {
  const turns = openTurns();
  const order: string[] = [];
  const take = (name: string): Promise<void> =>
    turns.take(async () => {
      await sleep(2);
      order.push(name);
    });
  const page = async (): Promise<void> => {
    for (const question of ['first question', 'second question', 'third question']) await take(question);
  };
  await Promise.all([take('load'), take('merge'), urgently(page)]);
  expect(order).toEqual(['load', 'first question', 'second question', 'third question', 'merge']);
});

it('are lent by whoever has one, and waited for again', async () => {
  const turns = openTurns();
  const order: string[] = [];
  const take = (name: string): Promise<number> => turns.take(async () => order.push(name));
  const failing = turns.take(async () => {
    order.push('begins');
    await turns.lend(async () => {
      await sleep(5);
      order.push('comes back');
      throw new Error('it failed');
    });
  });
  await Promise.allSettled([failing, take('other'), take('another')]);
  expect(order).toEqual(['begins', 'other', 'another', 'comes back']);
  await take('last');
  await expect(failing).rejects.toThrow('it failed');
});
