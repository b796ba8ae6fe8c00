/** Charts of the digest: lines as inline SVG, and bars and a heat map as tables, which every mail program shows. */
import { html } from 'hono/html';
import { line, placedSmall } from '../../core/line-chart.ts';
import { DAYS, spread } from './sections.ts';

/** Markup that is escaped already. */
export type Html = ReturnType<typeof html>;

/** A total at the end of a day. */
export interface DayTotal {
  readonly day: string;
  readonly total: number;
}

const BLUE = [37, 99, 235] as const;
const NUMBER = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });

/** Blue on white, 0 to 1, as a colour that old mail programs know, too. */
export function shade(depth: number): string {
  const channels = BLUE.map((full) => Math.round(255 + (full - 255) * Math.min(1, Math.max(0, depth))));
  return `#${channels.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}

/** A small line. Many mail programs leave SVG out; the figures beside it say the same. */
export function sparkline(days: readonly DayTotal[], name: string): Html | string {
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined || days.length < 2) return '';
  const points = days.map(({ day, total }) => ({ at: new Date(`${day}T00:00:00Z`), value: total }));
  const places = placedSmall(points, 112, 20).map(({ x, y }) => ({ x: x + 4, y: y + 4 }));
  const end = places.at(-1) ?? { x: 0, y: 0 };
  return html`<svg width="120" height="28" viewBox="0 0 120 28" role="img" aria-label="${name}: ${NUMBER.format(first.total)} on ${first.day}, ${NUMBER.format(last.total)} on ${last.day}"><path d="${line(places)}" fill="none" stroke="${shade(1)}" stroke-width="2" stroke-linejoin="round"/><circle cx="${end.x.toFixed(1)}" cy="${end.y.toFixed(1)}" r="3" fill="${shade(1)}"/></svg>`;
}

/** A bar a day, of long times fewer; the axis begins below the lowest value, because growth is small beside the whole. */
export function dayBars(days: readonly DayTotal[], name: string): Html | string {
  const totals = days.map(({ total }) => total);
  const [low, high] = [Math.min(...totals), Math.max(...totals)];
  const [first, last] = [days[0], days.at(-1)];
  // A line of equal bars says nothing that the figures do not.
  if (first === undefined || last === undefined || low === high) return '';
  const cells = spread(days, 31).map(({ day, total }) => {
    const height = 6 + Math.round((42 * (total - low)) / (high - low));
    return html`<td title="${day}: ${NUMBER.format(total)}" style="vertical-align: bottom; padding: 0 1px"><div style="height: ${height}px; min-width: 6px; background: ${shade(1)}"></div></td>`;
  });
  return html`<table class="bars" role="img" aria-label="${name} by day, from ${NUMBER.format(first.total)} on ${first.day} to ${NUMBER.format(last.total)} on ${last.day}"><caption>${name} by day, from ${NUMBER.format(low)} to ${NUMBER.format(high)}</caption><tr style="height: 48px">${cells}</tr></table>`;
}

/** A week of hours: the more runs, the darker. */
export function heatMap(byHour: readonly (readonly number[])[]): Html {
  const most = Math.max(1e-9, ...byHour.flat());
  const rows = byHour.map((hours, day) => {
    const cells = hours.map((runs, hour) => {
      const colour = shade(runs === 0 ? 0.06 : 0.2 + (0.8 * runs) / most);
      return html`<td bgcolor="${colour}" style="background: ${colour}" title="${DAYS[day] ?? ''} ${hour}:00, ${NUMBER.format(runs)} runs"></td>`;
    });
    return html`<tr><th scope="row">${DAYS[day] ?? ''}</th>${cells}</tr>`;
  });
  const hours = [0, 6, 12, 18].map((hour) => html`<th scope="colgroup" colspan="6">${hour}:00</th>`);
  return html`<table class="heat"><tr><th></th>${hours}</tr>${rows}</table>`;
}
