/** Points of a line chart, which the page and the digest draw alike. */

/** A value at a time. */
export interface Point {
  readonly at: Date;
  readonly value: number;
}

/** A place in a picture, from its left upper corner. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** Rounds to what a path needs. */
export const rounded = (value: number): string => String(Math.round(value * 10) / 10);

/** Places of points in a box, the lowest and the highest value at its edges. */
export function placed(
  points: readonly Point[],
  low: number,
  high: number,
  width: number,
  height: number,
): Place[] {
  const first = points[0]?.at.getTime() ?? 0;
  const span = Math.max(1, (points.at(-1)?.at.getTime() ?? 0) - first);
  const range = Math.max(1e-9, high - low);
  return points.map(({ at, value }) => ({
    x: points.length === 1 ? width / 2 : (width * (at.getTime() - first)) / span,
    y: height - (height * (value - low)) / range,
  }));
}

/** Places of points in a small box: what never changes is a line in the middle and not one at the bottom. */
export function placedSmall(points: readonly Point[], width: number, height: number): Place[] {
  const values = points.map(({ value }) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return placed(points, low === high ? low - 1 : low, low === high ? high + 1 : high, width, height);
}

/** The path through places, as SVG has it. */
export const line = (places: readonly Place[]): string =>
  places.map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${rounded(x)} ${rounded(y)}`).join('');
