/** Windows of time in which an export is read, and the value of the control that restricts it to one. */

const SECOND = 1_000;

/** A half-open range of time: `from` belongs to it, `to` to the next one. */
export interface TimeWindow {
  readonly from: Date;
  readonly to: Date;
}

/** Input of {@link planWindows}. */
export interface WindowPlan extends TimeWindow {
  /** Longest window, in milliseconds. */
  readonly stepMs: number;
  /** Windows end at this time plus or minus whole steps, so that the same ones come back in every run. */
  readonly origin: Date;
}

/**
 * Windows that cover the range exactly, the earliest first; none where it is empty.
 *
 * @throws RangeError where the step is no positive whole number of milliseconds.
 */
export function planWindows({ from, to, stepMs, origin }: WindowPlan): readonly TimeWindow[] {
  if (!Number.isSafeInteger(stepMs) || stepMs < 1) throw new RangeError(`a step of ${stepMs} ms`);
  const windows: TimeWindow[] = [];
  const zero = origin.getTime();
  let start = from;
  for (let step = Math.floor((from.getTime() - zero) / stepMs) + 1; start < to; step++) {
    const end = new Date(Math.min(zero + step * stepMs, to.getTime()));
    windows.push({ from: start, to: end });
    start = end;
  }
  return windows;
}

/**
 * Two windows that cover the same range, cut at the whole second nearest to its middle, for one that has more rows than
 * an export gives. Undefined where it is a second or less, which a control can't divide.
 */
export function splitWindow({ from, to }: TimeWindow): readonly [TimeWindow, TimeWindow] | undefined {
  if (to.getTime() - from.getTime() <= SECOND) return undefined;
  const middle = new Date(Math.round((from.getTime() + to.getTime()) / 2 / SECOND) * SECOND);
  return [
    { from, to: middle },
    { from: middle, to },
  ];
}

/**
 * The value of a date control that keeps the rows of a window: `min:2026-01-01T00:00:00,max:2026-01-02T00:00:00`.
 *
 * Controls know seconds and UTC only (specification of `parameters`), so a window that begins or ends within a second
 * is widened to whole ones. Nothing documents whether `max` itself belongs to a range. So rows outside of the window
 * can come, too; rows within it are never missing.
 */
export function controlValue({ from, to }: TimeWindow): string {
  const min = Math.floor(from.getTime() / SECOND) * SECOND;
  const max = Math.ceil(to.getTime() / SECOND) * SECOND;
  return `min:${inSeconds(min)},max:${inSeconds(max)}`;
}

/** Input for the beginning of the first window. */
export interface Beginning {
  /** The time before which nothing is wanted. */
  readonly start: Date;
  /** End of what is stored; undefined before the first window. */
  readonly watermark: Date | undefined;
  /** Longest delay of arriving rows, in milliseconds: each run reads this much of the stored time again. */
  readonly lookbackMs: number;
}

/** The time from which on a run reads: the watermark less the lookback, but never before the start. */
export function firstFrom({ start, watermark, lookbackMs }: Beginning): Date {
  if (watermark === undefined) return start;
  return new Date(Math.max(start.getTime(), watermark.getTime() - lookbackMs));
}

function inSeconds(time: number): string {
  return new Date(time).toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length);
}
