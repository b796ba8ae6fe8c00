/** Lists over time: how much runs in each hour of the week, how the organization grows. */
import { html } from 'hono/html';
import type { Asker } from '../../../../analytics/asker.ts';
import type { Row } from '../../../../core/database/database.ts';
import { count, plural, spaced } from '../../../../core/words.ts';
import { asked } from '../../data/usage/statement.ts';
import { GROWTH, type GrowthRow, type LoadRow } from '../../data/usage/upkeep-rows.ts';
import { answerList, PAGE_ROWS } from '../../lists/answer-list.ts';
import type { List, ListSearch } from '../../lists/list.ts';
import { partOf } from '../../lists/rows-in-memory.ts';
import { areaChart } from '../../view/charts.ts';
import { type Content, empty, link, section } from '../../view/elements.ts';
import { heatMap, hourOf } from '../../view/heat-map.ts';
import { type Column, figure, text } from '../../view/table.ts';
import { noAnswers, sqlBox, usageNav } from '../../view/usage-elements.ts';
import { nothingOn } from './list-pages.ts';

/** Words of the filter, and the kinds that they let through. */
const KINDS: Readonly<Record<string, string>> = { exports: 'export', materializations: 'materialization' };

/** The week as a map. */
function loadMap(rows: readonly LoadRow[]): Content {
  if (rows.length === 0) return '';
  const byHour = Array.from({ length: 7 }, () => Array.from({ length: 24 }, () => 0));
  for (const { day_of_week: day, hour, runs } of rows) {
    const hours = byHour[day - 1];
    if (hours !== undefined) hours[hour] = (hours[hour] ?? 0) + runs;
  }
  const total = Math.round(rows.reduce((sum, { runs }) => sum + runs, 0));
  return section(
    'The week, by hour in UTC',
    html`<p><strong>${plural(total, 'run')} a week</strong></p>${heatMap(byHour, 'run', 'Runs by schedule, by day and hour')}`,
  );
}

/** The order of the week, which texts do not have. */
const placeOf = ({ day_of_week: day, hour }: LoadRow): number => day * 24 + hour;

const LOAD_COLUMNS: readonly Column<LoadRow>[] = [
  {
    ...{ title: 'Hour', isHead: true, sort: 'time', value: (row) => hourOf(row.day_of_week, row.hour) },
    cell: (row) => hourOf(row.day_of_week, row.hour),
  },
  text('Type', (row) => row.kind, { isWide: true }),
  {
    ...{ title: 'Runs a week', align: 'right', sort: 'runs', value: (row) => row.runs },
    cell: (row) => count(Math.round(row.runs * 10) / 10),
  },
  figure('Schedules', (row) => row.schedules, { sort: 'schedules' }),
];

/** `/schedules`. It has a row for each hour and kind at most, and to compute them takes a while: they are read once. */
export const loadList: List<LoadRow> = {
  title: 'Schedule load',
  path: '/schedules',
  lead: html`Scheduled exports and materializations in each hour of the week. <a href="/schedules/failures">Show failures</a>`,
  ...{ place: '/workbooks', nav: usageNav('/schedules'), size: PAGE_ROWS, without: noAnswers() },
  filters: [
    {
      ...{ name: 'filter', label: 'Filter', standard: 'all' },
      options: { exports: 'Exports', materializations: 'Materializations', all: 'All' },
    },
  ],
  sorts: {
    runs: { title: 'Runs a week', isDescending: true },
    time: { title: 'Hour', isDescending: false },
    schedules: { title: 'Schedules', isDescending: true },
  },
  columns: () => LOAD_COLUMNS,
  more: [figure('Day of the week', (row) => row.day_of_week), figure('Hour of the day', (row) => row.hour)],
  nothing: (search) =>
    search.filters['filter'] === 'all'
      ? empty('No schedules.', 'No workbook or report has a scheduled export, and nothing is materialized.')
      : nothingOn('/schedules')(search),
  async read(site, search, rows) {
    const answer = await site.questions.askDatabase((database, schemas) =>
      asked(database, schemas, (asker) =>
        asker.rows<LoadRow>(
          `select s.day_of_week, s.hour, s.kind, s.runs::float8 as runs, s.schedules
  from ${asker.model('schedule_load')} s
 order by s.day_of_week, s.hour, s.kind`,
        ),
      ),
    );
    if (answer.problem !== undefined) return answer;
    if (answer.value === undefined) return { value: undefined };
    const { value: all, statements, refreshedAt } = answer.value;
    const kind = KINDS[search.filters['filter'] ?? ''];
    const wanted = all.filter((row) => kind === undefined || row.kind === kind);
    const columns = LOAD_COLUMNS.map((column) =>
      column.sort === 'time' ? { ...column, value: placeOf } : column,
    );
    const part = partOf(wanted, { columns }, search, rows);
    return {
      value: { ...part, above: loadMap(wanted), below: sqlBox(statements, refreshedAt, site.now()) },
    };
  },
};

/** Names of the growing things. */
const NAMES: Readonly<Record<string, string>> = {
  workbook_elements: 'workbook elements',
  report_elements: 'report elements',
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
    now === then ? 'no change' : `${now > then ? '+' : '−'}${count(Math.abs(now - then))}`;
  const name = nameOf(stream);
  return html`<div><h3>${name.replace(/^./, (letter) => letter.toUpperCase())}: ${count(last.total)}</h3><p class="muted">${
    week === undefined
      ? 'Less than a week of history'
      : html`${change(last.total, week)} in 7 days${earlier === undefined ? '' : html`; ${change(week, earlier)} in the 7 days before`}`
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
  lead: 'Totals at the end of each day (UTC), with additions and removals. Archived and inactive ones do not count.',
  what: GROWTH,
  filter: 'moved',
  around: growthCharts,
  nothing: (search) =>
    search.filters['filter'] === 'moved'
      ? empty(
          'No additions or removals on record.',
          html`<a href="${link('/growth', { filter: 'all' })}">Show every day</a>.`,
        )
      : nothingOn('/growth')(search),
  columns: () => [
    { title: 'Day', isHead: true, sort: 'day', cell: (row) => row.day, value: (row) => row.day },
    text('Type', (row) => nameOf(row.stream), { sort: 'stream', isWide: true }),
    figure('Total', (row) => row.number, { sort: 'total' }),
    figure('Added', (row) => row.added, { sort: 'added' }),
    figure('Removed', (row) => row.removed, { sort: 'removed' }),
  ],
});
