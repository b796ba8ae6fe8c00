/**
 * The digest as one HTML file: no script, nothing from elsewhere, and charts as tables, because mail programs show neither
 * SVG nor pictures that are not attached.
 */
import { html, raw } from 'hono/html';
import type { Report, Thing } from './data.ts';
import { DAYS, growthLines, headline, lead, plural, sections } from './sections.ts';

type Html = ReturnType<typeof html>;

const BLUE = '37, 99, 235';

const CSS = `
body { margin: 0; background: #f4f5f7; color: #1c2430; font: 15px/1.5 -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif }
main { max-width: 680px; margin: 0 auto; padding: 20px 16px 40px }
h1 { font-size: 24px; margin: 8px 0 4px } h2 { font-size: 17px; margin: 0 0 6px }
p { margin: 0 0 8px } .muted { color: #566172 }
section { background: #fff; border: 1px solid #dfe3e8; border-radius: 8px; padding: 14px 16px; margin: 12px 0 }
ul { margin: 0; padding-left: 18px } li { margin: 2px 0; overflow-wrap: anywhere }
a { color: #1d4ed8 } table { border-collapse: collapse } caption, th { text-align: left; font-weight: normal; color: #566172 }
.figures td, .figures th { padding: 2px 14px 2px 0 } .figures b { font-size: 18px }
.bars td { vertical-align: bottom; padding: 0 1px } .bars div { background: rgb(${BLUE}); width: 14px; min-height: 1px }
.heat td, .heat th { width: 18px; height: 16px; padding: 0; font-size: 11px; border: 1px solid #fff } .heat th { width: 34px }`;

/** Renders the digest; everything from Sigma is text. */
export function renderHtml(report: Report): string {
  const title = headline(report);
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title><style>${raw(CSS)}</style></head><body><main>
<h1>${title}</h1>${lead(report).map((line) => html`<p class="muted">${line}</p>`)}
${growth(report)}
${sections(report).map(
  ({
    title: heading,
    figure,
    items,
    more,
  }) => html`<section><h2>${heading}</h2><p>${figure}</p>${list(items, more)}</section>
`,
)}${heatMap(report)}</main></body></html>
`;
  return String(page);
}

function list(items: readonly Thing[], more: number): Html | string {
  if (items.length === 0) return '';
  const rest = more > 0 ? html`<li class="muted">and ${more.toLocaleString('en-US')} more</li>` : '';
  return html`<ul>${items.map((item) => html`<li>${named(item)}${item.detail === '' ? '' : html` <span class="muted">– ${item.detail}</span>`}</li>`)}${rest}</ul>`;
}

function named({ name, id, url }: Thing): Html | string {
  const text = name ?? id;
  return url !== null && /^https:\/\//.test(url) ? html`<a href="${url}">${text}</a>` : text;
}

function growth(report: Report): Html | string {
  const lines = growthLines(report);
  if (lines.length === 0) return '';
  const rows = lines.map(
    ({ name, total, change }) =>
      html`<tr><td><b>${total.toLocaleString('en-US')}</b></td><th scope="row">${name}</th><td class="muted">${change}</td></tr>`,
  );
  const workbooks = report.growth.find(({ stream }) => stream === 'workbooks')?.days ?? [];
  return html`<section><h2>How it grows</h2><table class="figures">${rows}</table>${bars(workbooks)}</section>`;
}

/** A bar a day; the axis begins below the lowest value, because growth is small beside the whole. */
function bars(days: readonly { readonly day: string; readonly total: number }[]): Html | string {
  if (days.length < 2) return '';
  const totals = days.map(({ total }) => total);
  const [low, high] = [Math.min(...totals), Math.max(...totals)];
  const cells = days.map(({ day, total }) => {
    const height = high === low ? 24 : 6 + Math.round((42 * (total - low)) / (high - low));
    return html`<td title="${day}: ${total}"><div style="height: ${height}px"></div></td>`;
  });
  return html`<table class="bars" role="img" aria-label="Workbooks by day, from ${totals[0]} to ${totals.at(-1)}"><caption>Workbooks by day: ${low} to ${high}</caption><tr>${cells}</tr></table>`;
}

function heatMap({ schedules: { runsPerWeek, byHour } }: Report): Html | string {
  if (runsPerWeek === 0) return '';
  const most = Math.max(...byHour.flat());
  const rows = byHour.map((hours, day) => {
    const cells = hours.map((runs, hour) => {
      const depth = runs === 0 ? 0.06 : 0.2 + (0.8 * runs) / most;
      return html`<td style="background: rgba(${BLUE}, ${depth.toFixed(2)})" title="${DAYS[day] ?? ''} ${hour}:00, ${Math.round(runs * 10) / 10} runs"></td>`;
    });
    return html`<tr><th scope="row">${DAYS[day] ?? ''}</th>${cells}</tr>`;
  });
  const hours = Array.from(
    { length: 24 },
    (_, hour) => html`<th scope="col">${hour % 6 === 0 ? hour : ''}</th>`,
  );
  return html`<section><h2>Schedules</h2><p>${plural(runsPerWeek, 'run')} a week, by hour in UTC; the busiest hour has ${Math.round(most)}.</p><table class="heat"><tr><th></th>${hours}</tr>${rows}</table></section>`;
}
