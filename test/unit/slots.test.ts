import { describe, expect, it } from 'vitest';
import { openSlots, type Slot } from '../../src/core/database/slots.ts';

/** Takes a place, and gives it back on request. */
function taker() {
  const taken: Slot[] = [];
  const take = async (slot: Slot): Promise<void> => void taken.push(slot);
  return { taken, take };
}

describe('a place', () => {
  it('is had at once where there is room, and as soon as another is given back', async () => {
    const slots = openSlots(1, () => true);
    const { taken, take } = taker();
    await slots.take(false, take);
    const second = slots.take(false, take);
    expect(slots.taken).toBe(1);
    taken[0]?.give();
    await second;
    expect(taken).toHaveLength(2);
  });

  it('is waited for until there is room, though nothing is given back', async () => {
    let asked = 0;
    const slots = openSlots(2, (waitedMs) => {
      asked++;
      return slots.taken === 0 || waitedMs >= 20;
    });
    const { taken, take } = taker();
    await slots.take(false, take);
    const second = slots.take(false, take);
    expect(taken).toHaveLength(1);
    await second;
    expect(taken).toHaveLength(2);
    expect(asked).toBeGreaterThan(2);
  });

  it('is had at a look where there is room now', async () => {
    let isRoom = false;
    const slots = openSlots(1, () => isRoom);
    const { taken, take } = taker();
    const first = slots.take(false, take);
    expect(taken).toHaveLength(0);
    isRoom = true;
    slots.look();
    await first;
    expect(taken).toHaveLength(1);
  });

  it('is left to others by those who keep theirs long', async () => {
    const slots = openSlots(2, () => true);
    const { taken, take } = taker();
    await slots.take(true, take);
    void slots.take(true, take);
    await slots.take(false, take);
    expect(taken).toHaveLength(2);
  });
});
