/** Rows and bytes of a table: as they are, and over time. */
import { html } from 'hono/html';
import { bytes, count } from '../../../core/words.ts';
import type { DaySize, TableFacts } from '../data/read-streams.ts';
import { areaChart } from '../view/charts.ts';
import { type Content, empty, type Html } from '../view/elements.ts';
import { figure, table } from '../view/table.ts';

/** Rows of a table, with a mark where the database only guesses. */
export function rowsOf(size: TableFacts | undefined): string {
  if (size === undefined || size.rows === null) return '–';
  return `${size.isGuess ? '≈ ' : ''}${count(size.rows)}`;
}

/** Growth of rows in a week, and in the one before it. */
export interface Week {
  readonly now: number;
  readonly before: number | undefined;
  /** `+12`. */
  readonly text: string;
}

const DAY = 86_400_000;

/** The last seven days against the seven before; undefined where it is not known how many there were. */
export function weekOf(sizes: readonly DaySize[]): Week | undefined {
  const last = sizes.at(-1);
  if (last === undefined) return undefined;
  const daysBefore = (days: number): DaySize | undefined =>
    sizes.findLast(({ at }) => at.getTime() <= last.at.getTime() - days * DAY);
  const [week, before] = [daysBefore(7), daysBefore(14)];
  if (week === undefined) return undefined;
  const now = last.rows - week.rows;
  return { now, before: before === undefined ? undefined : week.rows - before.rows, text: signed(now) };
}

const signed = (value: number): string =>
  value > 0 ? `+${count(value)}` : value < 0 ? `−${count(-value)}` : '0';

/** This week against last. */
function weekFacts(sizes: readonly DaySize[]): Content {
  const week = weekOf(sizes);
  if (week === undefined) return '';
  const before =
    week.before === undefined ? 'the week before is unknown' : `${signed(week.before)} in the week before`;
  return html`<p><strong>${week.text} ${Math.abs(week.now) === 1 ? 'row' : 'rows'}</strong> in the last 7 days, <span class="muted">${before}</span></p>`;
}

/** Rows and bytes as two charts with one table. */
export function growth(name: string, sizes: readonly DaySize[]): Html {
  const [first, last] = [sizes[0], sizes.at(-1)];
  if (first === undefined || last === undefined)
    return empty('No sizes recorded yet.', '"sigma-sync start" records them once a day.');
  if (sizes.length < 2)
    return html`<p>${count(last.rows)} rows, ${bytes(last.bytes)}, counted on ${last.at.toISOString().slice(0, 10)}. <span class="muted">The chart starts with the second day.</span></p>`;
  const day = (at: Date): string => at.toISOString().slice(0, 10);
  const from = `from ${day(first.at)} to ${day(last.at)}`;
  const chart = (
    id: string,
    what: string,
    of: (size: DaySize) => number,
    format: (value: number) => string,
    unit = '',
  ): Html =>
    areaChart(
      sizes.map((size) => ({ at: size.at, value: of(size) })),
      {
        ...{ id, title: `${what} of ${name}`, format, day },
        description: `From ${format(of(first))} to ${format(of(last))}${unit}, ${from}.`,
      },
    );
  return html`${weekFacts(sizes)}<div class="charts">
<div><h3>Rows, number</h3>${chart('rows', 'Rows', ({ rows }) => rows, count, ' rows')}</div>
<div><h3>Size, bytes with indexes</h3>${chart('size', 'Size', (size) => size.bytes, bytes)}</div>
</div>
<details><summary>As a table</summary>${table<DaySize>(
    `Rows and size of ${name} by day, the latest first`,
    [
      { title: 'Day', isHead: true, cell: ({ at }) => day(at) },
      figure('Rows', ({ rows }) => rows),
      { title: 'Size', align: 'right', cell: ({ bytes: size }) => bytes(size) },
    ],
    sizes.toReversed(),
  )}</details>`;
}
