/** What the digest says of itself: how fresh its data is, and how far back it goes. */
import type { Asker } from './asker.ts';
import { TOP } from './asker.ts';
import type { Report, Thing } from './digest.ts';

const ISO = (column: string): string => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;

/** Streams of whose changes the digest tells. */
const TOLD = `('workbooks', 'members', 'grants', 'team_members')`;
/** And those of which it tells besides, where there are any. */
const ALL_TOLD = ['workbooks', 'workbook_elements', 'members', 'grants', 'workspace_grants', 'team_members'];

/**
 * @param watched streams that are to be fresh, and the milliseconds after which each is behind.
 * @throws DatabaseError
 */
export async function askSync(
  { rows, state, range }: Asker,
  watched: ReadonlyMap<string, number>,
): Promise<Pick<Report, 'historySince' | 'unlogged' | 'sync'>> {
  const [times] = await rows<{
    history: string | null;
    complete: string | null;
    answers: string | null;
    runs: number;
    failed: number;
  }>(
    `select (select ${ISO('max(h.since)')} from ${state('history')} h where h.stream in ${TOLD}) as history,
            (select ${ISO('max(r.finished_at)')} from ${state('runs')} r where r.command = 'sync' and r.status = 'complete') as complete,
            (select ${ISO('max(a.refreshed_at)')} from ${state('analytics')} a where a.kind = 'materialized') as answers,
            count(*)::integer as runs, (count(*) filter (where r.status in ('failed', 'interrupted')))::integer as failed
       from ${state('runs')} r where r.command = 'sync' and r.started_at between $1 and $2`,
    range,
  );
  const logged = await rows<{ stream: string }>(`select h.stream from ${state('history')} h`);
  const states = await rows<{ stream: string; status: string; success: string | null }>(
    `select s.stream, s.last_status as status, ${ISO('s.last_success_at')} as success from ${state('streams')} s`,
  );
  const now = Date.parse(range[1]);
  const behind = [...watched].flatMap(([stream, limitMs]): Thing[] => {
    const known = states.find((one) => one.stream === stream);
    if (known?.status === 'unavailable') return [];
    const success = known?.success ?? null;
    const isLate = success === null || now - Date.parse(success) > limitMs;
    if (!isLate && known?.status === 'complete') return [];
    const last =
      success === null ? 'never complete' : `complete at ${success.slice(0, 16).replace('T', ' ')} UTC`;
    return [
      {
        id: stream,
        name: stream,
        url: null,
        detail: known === undefined ? 'never read' : `${known.status}, ${last}`,
      },
    ];
  });
  return {
    historySince: times?.history ?? null,
    // What was never read has no history either, and no changes.
    unlogged: ALL_TOLD.filter(
      (name) =>
        states.some(({ stream, success }) => stream === name && success !== null) &&
        !logged.some(({ stream }) => stream === name),
    ),
    sync: {
      lastComplete: times?.complete ?? null,
      answersAt: times?.answers ?? null,
      runs: times?.runs ?? 0,
      failedRuns: times?.failed ?? 0,
      behind: { count: behind.length, top: behind.slice(0, TOP) },
    },
  };
}
