/**
 * The digest as one HTML file: no script and nothing from elsewhere. Mail programs that leave out SVG or the style sheet
 * show headings, lists and tables all the same.
 */
import { html, raw } from 'hono/html';
import { count, cut, plural } from '../../core/words.ts';
import type { Report, Thing } from './digest.ts';
import { dayBars, type Html, heatMap, sparkline } from './digest-charts.ts';
import { growthLines, headline, LONGEST, lead, sections } from './sections.ts';

const CSS = `
:root { color-scheme: light }
body { margin: 0; background: #f4f5f7; color: #1c2430; font: 15px/1.5 -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif }
main { display: block; max-width: 680px; margin: 0 auto; padding: 20px 12px 40px }
h1 { font-size: 24px; line-height: 1.25; margin: 8px 0 4px } h2 { font-size: 17px; margin: 0 0 2px }
p { margin: 0 0 8px } .muted { color: #566172 }
section { display: block; background: #fff; border: 1px solid #dfe3e8; border-radius: 8px; padding: 14px 16px; margin: 12px 0 }
ul { margin: 0; padding-left: 18px } li { margin: 3px 0; overflow-wrap: anywhere }
a { color: #1d4ed8 } table { border-collapse: collapse } caption, th { text-align: left; font-weight: normal; color: #566172 }
.figures td, .figures th { padding: 2px 14px 2px 0; vertical-align: middle } .figures b { font-size: 18px } .figures svg { display: block }
.bars { margin-top: 10px }
.heat { width: 100%; table-layout: fixed } .heat td { height: 18px; padding: 0; border: 1px solid #fff }
.heat th { padding: 0; font-size: 12px } .heat tr > th:first-child { width: 36px }
@media (max-width: 480px) { .figures td, .figures th { padding-right: 8px } .figures svg { width: 80px } }`;

/** Renders the digest; everything from Sigma is text. */
export function renderHtml(report: Report): string {
  const title = headline(report);
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title><style>${raw(CSS)}</style></head><body><main>
<h1>${title}</h1>
${lead(report).map((line) => html`<p class="muted">${line}</p>`)}
${growth(report)}
${sections(report).map(
  ({ title: heading, figure, items, more }) =>
    html`<section><h2>${heading}</h2><p class="muted">${figure}</p>${list(items, more)}</section>
`,
)}${schedules(report)}</main></body></html>
`;
  return String(page);
}

function list(items: readonly Thing[], more: number): Html {
  const rest = more > 0 ? html`<li class="muted">and ${count(more)} more</li>` : '';
  return html`<ul>${items.map((item) => html`<li>${named(item)}${item.detail === '' ? '' : html` <span class="muted">– <bdi>${cut(item.detail, LONGEST)}</bdi></span>`}</li>`)}${rest}</ul>`;
}

/** A name of its own direction of writing, so that it turns nothing around it. */
function named({ name, id, url }: Thing): Html {
  const text = html`<bdi>${cut(name ?? id, LONGEST)}</bdi>`;
  return url !== null && /^https:\/\//.test(url) ? html`<a href="${url}">${text}</a>` : text;
}

function growth(report: Report): Html | string {
  const lines = growthLines(report);
  if (lines.length === 0) return '';
  const rows = lines.map(
    ({ name, total, change, days }) =>
      html`<tr><td><b>${count(total)}</b></td><th scope="row">${name}</th><td class="muted">${change}</td><td>${sparkline(days, name)}</td></tr>`,
  );
  const workbooks = report.growth.find(({ stream }) => stream === 'workbooks')?.days ?? [];
  return html`<section><h2>Growth</h2><table class="figures">${rows}</table>${dayBars(workbooks, 'Workbooks')}</section>`;
}

function schedules({ schedules: { runsPerWeek, byHour } }: Report): Html | string {
  if (runsPerWeek === 0) return '';
  const most = Math.round(Math.max(...byHour.flat()));
  return html`<section><h2>Schedules</h2><p class="muted">${plural(runsPerWeek, 'run')} a week, by hour in UTC; the busiest hour has ${count(most)}.</p>${heatMap(byHour)}</section>
`;
}
