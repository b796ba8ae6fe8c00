/** How fresh something is, in the few words of the page. Pure. */

/** What the page says of a stream or an export. */
export type Freshness = 'fresh' | 'stale' | 'failed' | 'running' | 'never' | 'unavailable';

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
 * What is running says so; what failed last is `failed` even while its rows are young; everything else goes by the age
 * of the last success.
 */
export function freshnessOf(question: FreshnessQuestion): Freshness {
  const { lastStatus, lastSuccessAt, targetHours, now, isRunning = false } = question;
  if (isRunning) return 'running';
  if (lastStatus === null || lastStatus === undefined) return 'never';
  if (lastStatus === 'unavailable') return 'unavailable';
  if (FAILURES.has(lastStatus)) return 'failed';
  if (lastSuccessAt === null || lastSuccessAt === undefined) return 'stale';
  return now.getTime() - lastSuccessAt.getTime() > targetHours * 3_600_000 ? 'stale' : 'fresh';
}

/** How a status is drawn. */
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
