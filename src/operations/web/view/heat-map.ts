/** A week by hour, as a picture whose squares have the stronger a colour, the more there is. */
import { html } from 'hono/html';
import { count, plural } from '../../../core/words.ts';
import type { Html } from './elements.ts';

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
const HOURS = 24;

/** A day and hour in words: `Mon 06:00`. @param day 1 is Monday */
export const hourOf = (day: number, hour: number): string =>
  `${DAYS[day - 1] ?? ''} ${String(hour).padStart(2, '0')}:00`;

/** @param byHour by day, Monday first, and hour. @param what what is counted: `run` */
export function heatMap(byHour: readonly (readonly number[])[], what: string, title: string): Html {
  const most = Math.max(0, ...byHour.flat());
  const squares = byHour.flatMap((hours, day) =>
    hours.flatMap((value, hour) => {
      if (value === 0) return [];
      // Never so faint that it could be taken for nothing.
      const share = (0.15 + 0.85 * (value / most)).toFixed(2);
      return [
        html`<rect class="bar" x="${hour}" y="${day}" width=".92" height=".88" fill-opacity="${share}"><title>${hourOf(day + 1, hour)}: ${plural(Math.round(value * 10) / 10, what)}</title></rect>`,
      ];
    }),
  );
  return html`<figure class="chart heat">
<div class="chart-y" aria-hidden="true">${DAYS.map((day) => html`<span>${day}</span>`)}</div>
<svg class="plot" viewBox="0 0 ${HOURS} 7" preserveAspectRatio="none" role="img" aria-label="${title}; the busiest hour has ${count(Math.round(most))}"><rect class="track" width="${HOURS}" height="7"/>${squares}</svg>
<div class="chart-x" aria-hidden="true">${[0, 6, 12, 18].map((hour) => html`<span>${String(hour).padStart(2, '0')}:00</span>`)}<span>24:00</span></div>
<p class="legend">The stronger the colour, the more; the busiest hour has ${plural(Math.round(most * 10) / 10, what)}.</p>
</figure>`;
}
