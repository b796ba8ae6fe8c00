/** Times of one thing that is done several times. */

/** The middle one, or between the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [upper = Number.NaN, lower = Number.NaN] = [
    sorted[sorted.length >> 1],
    sorted[(sorted.length - 1) >> 1],
  ];
  return (lower + upper) / 2;
}

/** Milliseconds. */
export interface Timing {
  readonly median: number;
  readonly slowest: number;
}

/** Does it so often, one after the other, and tells what it took. @param work gets the number of times before */
export async function timed(repeat: number, work: (turn: number) => Promise<void>): Promise<Timing> {
  const times: number[] = [];
  for (let turn = 0; turn < repeat; turn++) {
    const begun = performance.now();
    await work(turn);
    times.push(performance.now() - begun);
  }
  return { median: median(times), slowest: Math.max(...times) };
}
