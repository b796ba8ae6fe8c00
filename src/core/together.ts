/** Questions that come one by one, asked together. */

/** Answers of several questions, by question. */
export type Together<V> = (keys: readonly string[]) => Promise<ReadonlyMap<string, V>>;

/**
 * Collects the keys that are wanted at the same time into one call of `ask`. Keys wanted during that call wait for
 * the next one.
 *
 * @example
 * const nameOf = together((ids) => namesById(ids));
 * const [a, b] = await Promise.all([nameOf('a'), nameOf('b')]); // one call
 */
export function together<V>(ask: Together<V>): (key: string) => Promise<V | undefined> {
  let waiting = new Map<string, PromiseWithResolvers<V | undefined>>();
  let isAsking = false;

  async function askAll(): Promise<void> {
    while (waiting.size > 0) {
      const asked = waiting;
      waiting = new Map();
      try {
        const answers = await ask([...asked.keys()]);
        for (const [key, { resolve }] of asked) resolve(answers.get(key));
      } catch (error) {
        for (const { reject } of asked.values()) reject(error);
      }
    }
    isAsking = false;
  }

  return (key) => {
    const one = waiting.get(key) ?? Promise.withResolvers<V | undefined>();
    waiting.set(key, one);
    if (!isAsking) {
      isAsking = true;
      // All others that ask in this turn of the loop come along.
      queueMicrotask(() => void askAll());
    }
    return one.promise;
  };
}
