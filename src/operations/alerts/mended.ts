/** Whether a schedule's failure is made up for by runs that the schedule did not begin. Pure. */

/** The last outcome of a stream or an export, and the schedules that run it. */
interface Tried {
  readonly status: string;
  readonly lastAttempt?: Date | undefined;
  readonly coveredBy?: readonly string[];
}

/** Runs, and their effects. */
interface Known {
  readonly watched: readonly Tried[];
  readonly runs: readonly {
    readonly status: string;
    readonly schedule: string | undefined;
    readonly startedAt: Date;
  }[];
}

/** Ends of a scheduled time that a later run can make up for; one that is under way says itself how it went. */
const OVER: ReadonlySet<string | undefined> = new Set(['failed', 'partial', 'interrupted']);
const WELL: ReadonlySet<string> = new Set(['complete', 'unavailable', 'retired']);

/**
 * True where a complete run began after the schedule's last one, by hand or by another schedule, and all that the schedule
 * runs has gone well since.
 */
export function isMended(
  name: string,
  served: { readonly status: string | undefined; readonly startedAt: Date | undefined } | undefined,
  { runs, watched }: Known,
): boolean {
  const since = served?.startedAt;
  if (since === undefined || !OVER.has(served?.status)) return false;
  const covered = watched.filter(({ coveredBy }) => coveredBy?.includes(name) === true);
  const wentWell = ({ status, lastAttempt }: Tried): boolean =>
    WELL.has(status) && lastAttempt !== undefined && lastAttempt > since;
  return (
    covered.length > 0 &&
    covered.every(wentWell) &&
    runs.some((run) => run.status === 'complete' && run.schedule !== name && run.startedAt > since)
  );
}
