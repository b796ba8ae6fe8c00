/** A stream or export on the overview. */
import type { HowFresh } from '../how-fresh.ts';

/** A stream or export, and how it is. */
export interface Subject extends HowFresh {
  /** As events name it: an export with `export ` in front. */
  readonly name: string;
  readonly lastSuccessAt: Date | null;
  readonly lastAttemptAt: Date | null;
  readonly runId: string | null;
  readonly error: string | null;
  readonly partitionsFailed: number;
}
