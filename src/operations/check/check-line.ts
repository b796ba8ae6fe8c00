/** A line of what a check found. */
import { describeError, SigmaSyncError } from '../../core/errors.ts';

export interface CheckLine {
  readonly subject: string;
  readonly outcome: 'ok' | 'warning' | 'failed' | 'skipped';
  readonly detail: string;
  /** Shorter words for people, where the detail is a long list. */
  readonly summary?: string;
  /** The remedy. */
  readonly fix?: string;
}

/** A line for what an error says, with its advice as the fix. */
export function failed(subject: string, error: unknown): CheckLine {
  const fix = error instanceof SigmaSyncError ? error.advice : undefined;
  const text = describeError(error);
  const detail = fix === undefined ? text : text.replace(fix, '').trim();
  return { subject, outcome: 'failed', detail, ...(fix === undefined ? {} : { fix }) };
}
