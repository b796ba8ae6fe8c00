/** The range of time that somebody asks exports for. */
import { ConfigError } from '../../core/errors.ts';

/** A range, one side of which may be left open. */
export interface AskedRange {
  readonly from: Date | undefined;
  readonly to: Date | undefined;
  readonly now: Date;
  /** What stands before the names of both in messages: dashes, for options of a command. */
  readonly mark?: string;
}

/**
 * Refuses a range in which nothing can be: no window would be read, and the run be complete.
 *
 * @throws ConfigError for such a range, and where an export has no windows.
 */
export function checkRange(
  exports: readonly { readonly name: string; readonly window: object | undefined }[],
  { from, to, now, mark = '' }: AskedRange,
): void {
  if (from === undefined && to === undefined) return;
  for (const [name, time] of Object.entries({ from, to }))
    if (time !== undefined && !(time instanceof Date && !Number.isNaN(time.getTime())))
      throw new ConfigError(`${mark}${name} must be a date that exists.`);
  if (from !== undefined && to !== undefined && from >= to)
    throw new ConfigError(
      `${mark}from (${from.toISOString()}) must be before ${mark}to (${to.toISOString()}).`,
    );
  if (from !== undefined && from >= now)
    throw new ConfigError(
      `${mark}from (${from.toISOString()}) is in the future, so there is nothing to read yet.`,
    );
  const whole = exports.filter(({ window }) => window === undefined).map(({ name }) => name);
  if (whole.length === 0) return;
  throw new ConfigError(
    `${mark}from and ${mark}to need exports with a window; ${whole.join(', ')} ${whole.length === 1 ? 'has' : 'have'} none.`,
    { advice: 'Name the exports that have one.' },
  );
}
