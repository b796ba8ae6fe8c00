/** Facts of the overview: the answers of the database, the schedules, and the state of each stream and export. */
import type { Session } from '../../../../core/database/database.ts';
import { type Outage, readOutage } from '../../../../state/read/outage.ts';
import { type ExportOutcome, exportOutcomes, type Outcome } from '../../../../state/read/outcomes.ts';
import type { Schemas } from '../../../../state/schemas.ts';
import { type Answer, isDown } from '../../data/ask.ts';
import { type AlertRow, alertRows } from '../../data/read-alerts.ts';
import { type RunRow, runRows } from '../../data/read-runs.ts';
import { type StreamRow, streamRows, type TableFacts, tableFacts } from '../../data/read-streams.ts';
import { selectedStreams } from '../../data/selected-streams.ts';
import type { ScheduleState } from '../../service-control.ts';
import type { Site } from '../../site.ts';
import { type HowFresh, howFresh, type LastRun } from '../how-fresh.ts';
import { type Cause, causesOf } from './causes.ts';
import type { Subject } from './subject.ts';

/** Answers that many visitors may share. */
const CACHE_MS = 1000;

/** The database's part of the overview. */
export interface OverviewData {
  readonly streams: readonly StreamRow[];
  readonly exports: readonly ExportOutcome[];
  readonly runs: readonly RunRow[];
  readonly alerts: readonly AlertRow[];
  readonly tables: readonly TableFacts[];
  /** The cause that keeps all streams from being synced. */
  readonly outage: Outage | undefined;
  /** The last sync that has ended. */
  readonly lastSync: RunRow | undefined;
}

const RUNS = 60;
const ALERTS = 20;

/** All that the overview asks the database, in one session: a handful of questions, each for a set. */
async function overviewData(session: Session, schemas: Schemas): Promise<OverviewData> {
  return {
    streams: await streamRows(session, schemas),
    exports: await exportOutcomes(session, schemas),
    runs: await runRows(session, schemas, { limit: RUNS }),
    alerts: await alertRows(session, schemas, 'open', { limit: ALERTS, offset: 0 }),
    tables: await tableFacts(session, schemas, schemas.target),
    outage: await readOutage(session, schemas),
    lastSync: (await runRows(session, schemas, { command: 'sync', limit: 5 })).find(
      ({ finishedAt }) => finishedAt !== null,
    ),
  };
}

/** Content of the overview. */
export interface Overview {
  readonly answer: Answer<OverviewData>;
  readonly subjects: readonly Subject[];
  readonly schedules: readonly ScheduleState[] | undefined;
  /** Why not all is well. */
  readonly causes: readonly Cause[];
}

/** Puts together what the overview shows, as of now. */
export async function look(site: Site): Promise<Overview> {
  const { control } = site;
  const answer = await site.questions.cached('overview', CACHE_MS, overviewData);
  // Without the database there is no use in asking for schedules, which are in it.
  const schedules = isDown(answer.problem) ? undefined : await control.schedules().catch(() => undefined);
  if (answer.problem !== undefined) return { answer, schedules, subjects: [], causes: [] };
  const subjects = subjectsOf(site, answer.value);
  const { alerts } = answer.value;
  const found = answer.value.outage;
  const outage = found === undefined ? undefined : { ...found, error: control.app.redact(found.error) };
  const causes = causesOf({ subjects, alerts, outage, nextRun: nextRunOf(schedules ?? []) });
  return { answer, schedules, subjects, causes };
}

/** The next run of a schedule that syncs, repetitions included. */
export function nextRunOf(schedules: readonly ScheduleState[]): Date | undefined {
  const times = schedules
    .filter(({ name }) => !name.startsWith('export '))
    .flatMap(({ retryAt, nextTurn }) => retryAt ?? nextTurn ?? [])
    .sort();
  return times[0] === undefined ? undefined : new Date(times[0]);
}

/** Streams and exports of the settings. */
function subjectsOf(site: Site, data: OverviewData): Subject[] {
  const { control } = site;
  const { exports } = control.app;
  const fresh = howFresh(site);
  const known = new Map(data.streams.map((row) => [row.stream, row]));
  const streams = selectedStreams(control.app).map(({ name }): Subject => {
    const row = known.get(name);
    return subjectOf(name, fresh('stream', name, row), row, row?.partitionsFailed ?? 0);
  });
  const loaded = new Map(data.exports.map((row) => [row.export, row]));
  return [
    ...streams,
    ...exports.map(({ name }) => {
      const row = loaded.get(name);
      return subjectOf(`export ${name}`, fresh('export', name, row), row, 0);
    }),
  ];
}

/** The row of a stream or an export. */
type KnownRun = LastRun & Pick<Outcome, 'lastAttemptAt' | 'runId' | 'error'>;

function subjectOf(
  name: string,
  fresh: HowFresh,
  row: KnownRun | undefined,
  partitionsFailed: number,
): Subject {
  const { lastSuccessAt = null, lastAttemptAt = null, runId = null, error = null } = row ?? {};
  return { name, ...fresh, lastSuccessAt, lastAttemptAt, runId, error, partitionsFailed };
}
