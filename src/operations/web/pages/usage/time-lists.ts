/** Lists over time: how much runs in each hour of the week, how the organization grows. */
import { html } from 'hono/html';
import type { Asker } from '../../../../analytics/asker.ts';
import type { Row } from '../../../../core/database/database.ts';
import { count, plural, spaced } from '../../../../core/words.ts';
import { GROWTH, type GrowthRow, LOAD, type LoadRow } from '../../data/usage/upkeep-rows.ts';
import { answerList } from '../../lists/answer-list.ts';
import type { List, ListSearch } from '../../lists/list.ts';
import { areaChart } from '../../view/charts.ts';
import { type Content, empty, section } from '../../view/elements.ts';
import { heatMap, hourOf } from '../../view/heat-map.ts';
import { figure, text } from '../../view/table.ts';
import { nothingOn } from './list-pages.ts';

/** Words of the filter by which the picture is drawn as well. */
const KINDS: Readonly<Record<string, string>> = { exports: 'export', materializations: 'materialization' };

async function loadMap(asker: Asker, search: ListSearch): Promise<{ readonly above: Content }> {
  const kind = KINDS[search.filters['filter'] ?? ''];
  const rows = await asker.rows<Row & { day: number; hour: number; runs: number }>(
    `select s.day_of_week as day, s.hour, sum(s.runs)::float8 as runs
  from ${asker.model('schedule_load')} s${kind === undefined ? '' : `\n where s.kind = '${kind}'`}
 group by s.day_of_week, s.hour`,
  );
  if (rows.length === 0) return { above: '' };
  const byHour = Array.from({ length: 7 }, (_, day) =>
    Array.from(
      { length: 24 },
      (__, hour) => rows.find((row) => row.day === day + 1 && row.hour === hour)?.runs ?? 0,
    ),
  );
  const total = Math.round(byHour.flat().reduce((sum, runs) => sum + runs, 0));
  return {
    above: section(
      'The week, by hour in UTC',
      html`<p><strong>${plural(total, 'run')} a week</strong></p>${heatMap(byHour, 'run', 'Runs by schedule, by day and hour')}`,
    ),
  };
}

/** `/schedules` */
export const loadList: List<LoadRow> = answerList<LoadRow>({
  title: 'Schedule load',
  path: '/schedules',
  lead: html`How much Sigma runs by schedule in each hour of the week: exports of workbooks and reports, and materializations. <a href="/schedules/failures">Which of them fail?</a>`,
  what: LOAD,
  around: loadMap,
  nothing: (search) =>
    search.filters['filter'] === 'all'
      ? empty('Nothing runs by schedule.', 'No workbook or report is sent, and nothing is materialized.')
      : nothingOn('/schedules')(search),
  columns: () => [
    {
      ...{ title: 'Hour', isHead: true, sort: 'time' },
      cell: (row) => hourOf(row.day_of_week, row.hour),
      value: (row) => hourOf(row.day_of_week, row.hour),
    },
    text('What', (row) => row.kind, { isWide: true }),
    {
      ...{ title: 'Runs a week', align: 'right', sort: 'runs', value: (row) => row.runs },
      cell: (row) => count(Math.round(row.runs * 10) / 10),
    },
    figure('Schedules', (row) => row.schedules, { sort: 'schedules' }),
  ],
  more: [figure('Day of the week', (row) => row.day_of_week), figure('Hour of the day', (row) => row.hour)],
});

/** What grows, in words. */
const NAMES: Readonly<Record<string, string>> = {
  workbook_elements: 'elements of workbooks',
  report_elements: 'elements of reports',
};

/** The order in which people care. */
const ORDER = ['workbooks', 'workbook_elements', 'reports', 'report_elements', 'members', 'grants'];

const nameOf = (stream: string): string => NAMES[stream] ?? spaced(stream);

const DAY_MS = 86_400_000;
const day = (at: Date): string => at.toISOString().slice(0, 10);

interface Point extends Row {
  readonly stream: string;
  readonly day: Date;
  readonly total: number;
}

async function growthCharts(asker: Asker, { filters }: ListSearch): Promise<{ readonly above: Content }> {
  const wanted = filters['filter'] ?? '';
  // A day in each week, and the last fifteen: as many points as a chart of this size can show.
  const points = await asker.rows<Point>(
    `select g.stream, g.day::timestamp at time zone 'UTC' as day, g.total::float8 as total
  from (select x.*, max(x.day) over (partition by x.stream) as latest from ${asker.model('growth')} x) g
 where g.day > g.latest - 400 and (g.day > g.latest - 15 or (g.latest - g.day) % 7 = 0)
 order by g.stream, g.day`,
  );
  const isStream = points.some(({ stream }) => stream === wanted);
  const byStream = Map.groupBy(points, ({ stream }) => stream);
  const streams = ORDER.map((stream) => [stream, byStream.get(stream) ?? []] as const).filter(
    ([stream, of]) => of.some(({ total }) => total > 0) && (!isStream || stream === wanted),
  );
  if (streams.length === 0) return { above: '' };
  return {
    above: html`<section class="card charts" aria-label="Charts">${streams.map(([stream, of]) => chartOf(stream, of))}</section>`,
  };
}

function chartOf(stream: string, points: readonly Point[]): Content {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return '';
  const before = (days: number): number | undefined =>
    points.findLast((one) => one.day.getTime() <= last.day.getTime() - days * DAY_MS)?.total;
  const [week, earlier] = [before(7), before(14)];
  const change = (now: number, then: number): string =>
    `${now >= then ? '+' : '−'}${count(Math.abs(now - then))}`;
  const name = nameOf(stream);
  return html`<div><h3>${name.replace(/^./, (letter) => letter.toUpperCase())}: ${count(last.total)}</h3><p class="muted">${
    week === undefined
      ? 'Known for less than a week'
      : html`${change(last.total, week)} in 7 days${earlier === undefined ? '' : html`, ${change(week, earlier)} in the 7 before`}`
  }</p>${
    points.length < 2
      ? ''
      : areaChart(
          points.map((one) => ({ at: one.day, value: one.total })),
          {
            ...{ id: `growth-${stream}`, title: `Number of ${name} by day`, format: count, day },
            description: `From ${count(first.total)} on ${day(first.day)} to ${count(last.total)} on ${day(last.day)}.`,
          },
        )
  }</div>`;
}

/** `/growth` */
export const growthList: List<GrowthRow> = answerList<GrowthRow>({
  title: 'Growth',
  path: '/growth',
  lead: 'How many there were at the end of each day, in UTC, and what came and went. Archived ones count; what is gone from Sigma is gone.',
  what: GROWTH,
  filter: 'moved',
  around: growthCharts,
  nothing: nothingOn('/growth'),
  columns: () => [
    { title: 'Day', isHead: true, sort: 'day', cell: (row) => row.day, value: (row) => row.day },
    text('Of', (row) => nameOf(row.stream), { sort: 'stream', isWide: true }),
    figure('Total', (row) => row.number, { sort: 'total' }),
    figure('Came', (row) => row.added, { sort: 'added' }),
    figure('Went', (row) => row.removed, { sort: 'removed' }),
  ],
});
