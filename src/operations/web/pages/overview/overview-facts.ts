/** What the overview is made from: the answers of the database, the schedules, and how each stream and export is. */
import type { ScheduleState } from '../../service-control.ts';
import { type Answer, isDown } from '../../data/ask.ts';
import { busySubjects } from '../../data/busy-subjects.ts';
import { type OverviewData, overviewData } from '../../data/read-overview.ts';
import { selectedStreams } from '../../data/selected-streams.ts';
import { targetHoursOf } from '../../data/freshness-targets.ts';
import type { Site } from '../../site.ts';
import { type Freshness, freshnessOf } from '../../view/tone.ts';

/** Answers that many visitors may share. */
const CACHE_MS = 1000;

/** A stream or export, and how it is. */
export interface Subject {
  /** As events name it: an export with `export ` in front. */
  readonly name: string;
  readonly freshness: Freshness;
  readonly lastSuccessAt: Date | null;
  readonly lastAttemptAt: Date | null;
  readonly runId: string | null;
  readonly targetHours: number;
  readonly error: string | null;
  readonly partitionsFailed: number;
}

/** What the overview shows, put together. */
export interface Overview {
  readonly answer: Answer<OverviewData>;
  readonly subjects: readonly Subject[];
  readonly schedules: readonly ScheduleState[] | undefined;
}

/** Puts together what the overview shows, as of now. */
export async function look(site: Site): Promise<Overview> {
  const { control } = site;
  const answer = await site.questions.cached('overview', CACHE_MS, overviewData);
  // Without the database there is no use in asking for schedules, which are in it.
  const schedules = isDown(answer.problem) ? undefined : await control.schedules().catch(() => undefined);
  return { answer, schedules, subjects: answer.problem === undefined ? subjectsOf(site, answer.value) : [] };
}

/** Streams and exports of the settings. */
function subjectsOf(site: Site, data: OverviewData): Subject[] {
  const { control } = site;
  const { exports } = control.app;
  const now = site.now();
  const targetOf = targetHoursOf(site);
  const busy = busySubjects(control);
  const known = new Map(data.streams.map((row) => [row.stream, row]));
  const streams = selectedStreams(control.app).map(({ name }): Subject => {
    const row = known.get(name);
    return subject(name, targetOf('stream', name), row, row?.partitionsFailed ?? 0);
  });
  const loaded = new Map(data.exports.map((row) => [row.export, row]));
  return [
    ...streams,
    ...exports.map(({ name }) => subject(`export ${name}`, targetOf('export', name), loaded.get(name), 0)),
  ];

  function subject(
    name: string,
    targetHours: number,
    row:
      | {
          status: string;
          lastSuccessAt: Date | null;
          lastAttemptAt: Date;
          runId: string;
          error: string | null;
        }
      | undefined,
    partitionsFailed: number,
  ): Subject {
    const lastSuccessAt = row?.lastSuccessAt ?? null;
    const question = { lastStatus: row?.status, lastSuccessAt, targetHours, now, isRunning: busy.has(name) };
    return {
      ...{ name, targetHours, lastSuccessAt, partitionsFailed, freshness: freshnessOf(question) },
      ...{ lastAttemptAt: row?.lastAttemptAt ?? null, runId: row?.runId ?? null, error: row?.error ?? null },
    };
  }
}
