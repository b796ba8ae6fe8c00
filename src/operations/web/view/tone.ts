/** Freshness in the few words of the page. Pure. */

/** State of a stream or an export on the page. */
export type Freshness = 'fresh' | 'stale' | 'failed' | 'running' | 'never' | 'unavailable' | 'retired';

export interface FreshnessQuestion {
  /** Status of the last run; undefined where there was none. */
  readonly lastStatus: string | null | undefined;
  readonly lastSuccessAt: Date | null | undefined;
  /** A success that is older than so many hours is stale. */
  readonly targetHours: number;
  readonly now: Date;
  readonly isRunning?: boolean;
}

/** Outcomes after which nothing is well before somebody looks. */
const FAILURES: ReadonlySet<string> = new Set(['failed', 'deletion_guard']);

/**
 * The state: `running` if it runs; `failed` if the last run failed, even while the rows are young; otherwise the age
 * of the last success decides.
 */
export function freshnessOf(question: FreshnessQuestion): Freshness {
  const { lastStatus, lastSuccessAt, targetHours, now, isRunning = false } = question;
  if (isRunning) return 'running';
  if (lastStatus === null || lastStatus === undefined) return 'never';
  if (lastStatus === 'unavailable' || lastStatus === 'retired') return lastStatus;
  if (FAILURES.has(lastStatus)) return 'failed';
  if (lastSuccessAt === null || lastSuccessAt === undefined) return 'stale';
  return now.getTime() - lastSuccessAt.getTime() > targetHours * 3_600_000 ? 'stale' : 'fresh';
}

/** The look of a status. */
export type Tone = 'good' | 'warn' | 'bad' | 'busy' | 'quiet';

const TONES: Readonly<Record<string, Tone>> = {
  fresh: 'good',
  complete: 'good',
  settled: 'good',
  stale: 'warn',
  partial: 'warn',
  interrupted: 'warn',
  blocked: 'warn',
  deletion_guard: 'bad',
  failed: 'bad',
  open: 'bad',
  running: 'busy',
  stopping: 'busy',
};

/** The tone of a status, of a stream's freshness and of a run's outcome alike. */
export function toneOf(status: string): Tone {
  return Object.hasOwn(TONES, status) ? (TONES[status] ?? 'quiet') : 'quiet';
}
