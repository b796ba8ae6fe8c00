/** Lineage as a picture: data flows from left to right, and each node leads to its page. */
import { html } from 'hono/html';
import { rounded as n } from '../../../core/line-chart.ts';
import { spaced } from '../../../core/words.ts';
import type { LineageEdge, LineageNode } from '../data/usage/lineage-of.ts';
import { addressOf } from './addresses.ts';
import type { Content, Html } from './elements.ts';
import { type Edge, layered, type Slot } from './layered-layout.ts';
import { titled } from './usage-elements.ts';

const ROW = 48;
const BOX = { most: 250, height: 38 };
/** Between two columns, for the edges. */
const GAP = 46;
/** A picture of few columns is as wide: it is stretched to its box, and its letters must not become large. */
const LEAST_WIDTH = 1120;
const COLUMN_WIDTH = 226;
/** A picture may be made so much smaller to fit into its box: its letters are legible yet. */
const SHRUNK = 0.88;

/** A node of the picture. */
export type PictureNode = Pick<LineageNode, 'node_id' | 'type' | 'name'>;

/**
 * The picture. Readers who can't see it have the table beside it.
 *
 * @param start the node whose lineage it is; it is marked.
 */
export function lineagePicture(
  start: PictureNode,
  others: readonly PictureNode[],
  edges: readonly LineageEdge[],
): Html {
  const nodes = new Map([start, ...others].map((node) => [node.node_id, node]));
  const flow = edges.map(({ upstream_id: from, downstream_id: to }): Edge => ({ from, to }));
  const { slots, steps, columns, rows } = layered([...nodes.keys()], flow);
  const width = Math.max(LEAST_WIDTH, columns * COLUMN_WIDTH);
  const height = Math.ceil(rows * ROW) + 8;
  const pitch = columns === 1 ? 0 : (width - 8 - boxWidth(width, columns)) / (columns - 1);
  const box = boxWidth(width, columns);
  const left = ({ column }: Slot): number => 4 + column * pitch;
  const middle = ({ y }: Slot): number => 4 + y * ROW;
  const at = new Map(slots.map((slot) => [slot.id, slot]));
  const lines = steps.flatMap(({ from, to }) => {
    const [a, b] = [at.get(from), at.get(to)];
    return a === undefined || b === undefined
      ? []
      : [html`<path d="${curve(left(a) + box, middle(a), left(b), middle(b))}"/>`];
  });
  // Straight on where an edge passes a column.
  const passed = slots
    .filter(({ node }) => node === undefined)
    .map((slot) => html`<path d="M${n(left(slot))} ${n(middle(slot))}h${n(box)}"/>`);
  const boxes = slots.flatMap((slot) => {
    const node = slot.node === undefined ? undefined : nodes.get(slot.node);
    return node === undefined
      ? []
      : [boxOf(node, left(slot), middle(slot) - BOX.height / 2, box, node === start)];
  });
  const isAtRight = columns > 1 && at.get(start.node_id)?.column === columns - 1;
  return html`<div class="scroll lineage${isAtRight ? ' to-right' : ''}" role="region" aria-label="Lineage" tabindex="0"><svg viewBox="0 0 ${n(width)} ${height}" width="${n(width * SHRUNK)}" height="${n(height * SHRUNK)}" role="group" aria-label="Lineage of ${titled(start.name)}: ${others.length} nodes, listed below"><g class="edges" aria-hidden="true">${lines}${passed}</g>${boxes}</svg></div>`;
}

const boxWidth = (width: number, columns: number): number =>
  Math.min(BOX.most, (width - 8 - (columns - 1) * GAP) / columns);

/** From the right of a box to the left of the next: within the gap between their columns. */
function curve(x1: number, y1: number, x2: number, y2: number): string {
  const bend = (x2 - x1) / 2;
  return `M${n(x1)} ${n(y1)}C${n(x1 + bend)} ${n(y1)} ${n(x2 - bend)} ${n(y2)} ${n(x2)} ${n(y2)}`;
}

function boxOf(
  { node_id: id, type, name }: PictureNode,
  x: number,
  y: number,
  width: number,
  isStart: boolean,
): Html {
  const title = titled(name);
  const href = isStart ? undefined : addressOf(type, id);
  const kind = spaced(type.replaceAll('-', ' '));
  const ring: Content = isStart
    ? html`<rect class="ring" x="${n(x - 2)}" y="${n(y - 2)}" width="${n(width + 4)}" height="${BOX.height + 4}" rx="8"/>`
    : '';
  const [shortName, below] = type === 'table' ? ofTable(title) : [title, kind];
  const full = html`<title>${title} (${kind})</title>`;
  const drawn = html`<rect x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${BOX.height}" rx="6"/><text x="${n(x + 10)}" y="${n(y + 16)}">${fitted(shortName, width - 18)}</text><text class="kind" x="${n(x + 10)}" y="${n(y + 30)}">${fitted(below, 1.35 * (width - 18))}</text>${ring}`;
  const marked = `node type-${typeClass(type)}`;
  return href === undefined
    ? html`<g class="${marked}">${full}${drawn}</g>`
    : html`<a class="${marked}" href="${href}">${full}${drawn}</a>`;
}

/** A table by its last name; where it is stands below. */
function ofTable(path: string): [name: string, below: string] {
  const end = path.lastIndexOf('.');
  return end <= 0 ? [path, 'table'] : [path.slice(end + 1), `table in ${path.slice(0, end)}`];
}

/** Widths of letters at 12 pixels, generously: those of capitals, of what is wide, and of the others. */
const widthOf = (letter: string): number =>
  letter >= '\u1100' ? 13 : /[\p{Lu}_mw@%#&]/u.test(letter) ? 9.8 : 7.8;

/** As much of a text as fits, with a sign where that is not all. */
function fitted(text: string, width: number): string {
  let used = 0;
  let shown = '';
  for (const letter of text) {
    used += widthOf(letter);
    if (used > width) return `${shown.trimEnd()}…`;
    shown += letter;
  }
  return shown;
}

const KNOWN = new Set(['connection', 'table', 'dataset', 'data-model', 'element', 'workbook', 'report']);
const typeClass = (type: string): string => (KNOWN.has(type) ? type : 'other');
