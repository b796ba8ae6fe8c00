/** The digest's facts about itself: the freshness of its data, and the length of its history. */
import { quoteTable, type Session } from '../../core/database/database.ts';
import { streamOutcomes } from '../../state/read/outcomes.ts';
import { syncsBetween } from '../../state/read/runs.ts';
import type { Report, Thing } from './digest.ts';
import { type ReportRequest, TOP } from './digest-asker.ts';

/** A moment to the second. */
const second = (time: Date | null): string | null => time?.toISOString().replace(/\.\d+Z$/, 'Z') ?? null;

/** Streams of whose changes the digest tells. */
const TOLD = `('workbooks', 'members', 'grants', 'team_members')`;
/** And those of which it tells besides, where there are any. */
const ALL_TOLD = [
  ...[
    'workbooks',
    'workbook_elements',
    'reports',
    'report_elements',
    'members',
    'grants',
    'workspace_grants',
    'team_members',
  ],
];

/** @throws DatabaseError */
export async function askSync(
  session: Session,
  { schemas, from, to, watched }: ReportRequest,
): Promise<Pick<Report, 'historySince' | 'unlogged' | 'sync'>> {
  const [times] = await session.query<{ history: Date | null; answers: Date | null }>(
    `select (select max(since) from ${quoteTable(schemas.state, 'history')} where stream in ${TOLD}) as history,
            (select max(refreshed_at) from ${quoteTable(schemas.state, 'analytics')} where kind = 'materialized') as answers`,
  );
  const syncs = await syncsBetween(session, schemas, from, to);
  const logged = await session.query<{ stream: string }>(
    `select stream from ${quoteTable(schemas.state, 'history')}`,
  );
  const states = await streamOutcomes(session, schemas);
  const behind = [...watched].flatMap(([stream, limitMs]): Thing[] => {
    const known = states.find((one) => one.stream === stream);
    if (known?.status === 'unavailable' || known?.status === 'retired') return [];
    const success = known?.lastSuccessAt ?? null;
    const isLate = success === null || to.getTime() - success.getTime() > limitMs;
    if (!isLate && known?.status === 'complete') return [];
    const last =
      success === null
        ? 'never complete'
        : `complete at ${success.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
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
    historySince: second(times?.history ?? null),
    // Streams that were never read have no history either, and no changes.
    unlogged: ALL_TOLD.filter(
      (name) =>
        states.some(({ stream, lastSuccessAt }) => stream === name && lastSuccessAt !== null) &&
        !logged.some(({ stream }) => stream === name),
    ),
    sync: {
      lastComplete: second(syncs.lastComplete),
      answersAt: second(times?.answers ?? null),
      runs: syncs.runs,
      failedRuns: syncs.failed,
      behind: { count: behind.length, top: behind.slice(0, TOP) },
    },
  };
}
