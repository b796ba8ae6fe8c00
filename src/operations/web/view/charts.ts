/**
 * Charts as SVG without any text: it stretches to the width there is, while labels are text of the page and keep
 * their size. Readers who can't see a chart have its title, its description, and a table beside it.
 */
import { html } from 'hono/html';
import { line, rounded as n, type Point, placed, placedSmall } from '../../../core/line-chart.ts';
import type { Html } from './elements.ts';

const WIDTH = 1000;
const HEIGHT = 200;

/** A small line without axes, to be read beside its last value. */
export function sparkline(points: readonly Point[], title: string): Html {
  if (points.length < 2) return html`<span class="muted">–</span>`;
  const places = placedSmall(points, 96, 20).map(({ x, y }) => ({ x: x + 2, y: y + 2 }));
  const last = places.at(-1) ?? { x: 0, y: 0 };
  return html`<svg class="spark" viewBox="0 0 100 24" width="100" height="24" role="img" aria-label="${title}"><path class="line" d="${line(places)}"/><circle class="dot" cx="${n(last.x)}" cy="${n(last.y)}" r="2"/></svg>`;
}

export interface ChartOptions {
  readonly id: string;
  readonly title: string;
  /** Its content, in a sentence with figures. */
  readonly description: string;
  /** A value as text. */
  readonly format: (value: number) => string;
  /** A time as text. */
  readonly day: (at: Date) => string;
}

/** A value over time, as an area from zero up. */
export function areaChart(points: readonly Point[], options: ChartOptions): Html {
  const high = niceMost(Math.max(0, ...points.map(({ value }) => value)));
  const places = placed(points, 0, high, WIDTH, HEIGHT);
  const [first, last] = [places[0], places.at(-1)];
  if (first === undefined || last === undefined) return html``;
  const outline = line(places);
  const body =
    places.length === 1
      ? html`<circle class="dot" cx="${n(first.x)}" cy="${n(first.y)}" r="4"/>`
      : html`<path class="area" d="${outline}L${n(last.x)} ${HEIGHT}L${n(first.x)} ${HEIGHT}Z"/><path class="line" d="${outline}"/>`;
  return frame(body, high, points[0]?.at, points.at(-1)?.at, options);
}

/** Values of spans of time, each as wide as its span. */
export function barChart(
  bars: readonly { from: Date; to: Date; value: number }[],
  options: ChartOptions,
): Html {
  const high = niceMost(Math.max(0, ...bars.map(({ value }) => value)));
  const [begin, end] = [bars[0]?.from.getTime() ?? 0, Math.max(...bars.map(({ to }) => to.getTime()))];
  const span = Math.max(1, end - begin);
  const body = bars.map(({ from, to, value }) => {
    const x = (WIDTH * (from.getTime() - begin)) / span;
    const width = (WIDTH * (to.getTime() - from.getTime())) / span;
    // A gap between bars, unless they are too thin for one.
    const gap = Math.min(2, width / 5);
    const height = value === 0 ? 0 : Math.max(1, (HEIGHT * value) / high);
    return html`<rect class="bar" x="${n(x + gap / 2)}" y="${n(HEIGHT - height)}" width="${n(Math.max(0.5, width - gap))}" height="${n(height)}"/>`;
  });
  return frame(html`${body}`, high, bars[0]?.from, new Date(end), options);
}

function frame(
  body: Html,
  high: number,
  from: Date | undefined,
  to: Date | undefined,
  options: ChartOptions,
): Html {
  const { id, title, description, format, day } = options;
  return html`<figure class="chart">
<div class="chart-y" aria-hidden="true"><span>${format(high)}</span><span>${format(high / 2)}</span><span>${format(0)}</span></div>
<svg class="plot" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-labelledby="${id}-t ${id}-d"><title id="${id}-t">${title}</title><desc id="${id}-d">${description}</desc><path class="grid" d="M0 0H${WIDTH}M0 ${HEIGHT / 2}H${WIDTH}M0 ${HEIGHT}H${WIDTH}"/>${body}</svg>
<div class="chart-x" aria-hidden="true"><span>${from === undefined ? '' : day(from)}</span><span>${to === undefined ? '' : day(to)}</span></div>
</figure>`;
}

/** A round number that is not below a value. */
export function niceMost(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10].find((one) => one * power >= value) ?? 10;
  return step * power;
}

/** A part of a span as a bar in the row of a table. */
export function spanBar(from: number, to: number, begin: number, end: number, tone: string): Html {
  const span = Math.max(1, end - begin);
  const x = Math.min(997, Math.max(0, (1000 * (from - begin)) / span));
  const width = Math.max(3, Math.min(1000 - x, (1000 * (to - from)) / span));
  return html`<svg class="span" viewBox="0 0 1000 12" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect class="track" x="0" y="0" width="1000" height="12"/><rect class="fill fill-${tone}" x="${n(x)}" y="0" width="${n(width)}" height="12"/></svg>`;
}

/** Runs side by side, the newest at the right: how they ended by colour, how long they took by height, from 0 to 1. */
export function strip(
  items: readonly { href: string; label: string; tone: string; height: number }[],
  label: string,
): Html {
  return html`<ol class="strip" aria-label="${label}">${items.map(
    ({ href, label: text, tone, height }) =>
      html`<li><a href="${href}" title="${text}"><span class="sr">${text}</span><svg viewBox="0 0 10 40" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect class="fill fill-${tone}" x="0" y="${n(40 - Math.max(4, 40 * height))}" width="10" height="${n(Math.max(4, 40 * height))}"/></svg></a></li>`,
  )}</ol>`;
}
