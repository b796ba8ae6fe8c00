/** Lineage as a picture: what is upstream in columns to the left of a node, by its distance. */
import { html } from 'hono/html';
import { cut } from '../../../core/words.ts';
import type { LineageEdge, LineageNode } from '../data/usage/one-document.ts';
import type { Html } from './elements.ts';
import { titled } from './usage-elements.ts';

const COLUMN = 204;
const ROW = 34;
const BOX = { width: 164, height: 26 };

interface Placed {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly x: number;
  readonly y: number;
}

/** The node whose lineage it is. */
type Start = Pick<Placed, 'id' | 'type' | 'name'>;

/** Puts every node into the column of its distance, the asked one at the right. */
export function place(
  start: Start,
  nodes: readonly Pick<LineageNode, 'node_id' | 'type' | 'name' | 'depth'>[],
): { readonly placed: readonly Placed[]; readonly width: number; readonly height: number } {
  const deepest = Math.max(0, ...nodes.map(({ depth }) => depth));
  const columns = Array.from({ length: deepest + 1 }, (_, depth) =>
    nodes.filter((node) => node.depth === depth),
  );
  const rows = Math.max(1, ...columns.map((column) => column.length));
  const height = rows * ROW + 8;
  const placed = columns.flatMap((column, depth) =>
    column.map(({ node_id: id, type, name }, i) => ({
      ...{ id, type, name: titled(name) },
      x: (deepest - depth) * COLUMN + 4,
      y: (height - column.length * ROW) / 2 + i * ROW + 4,
    })),
  );
  const own = { ...start, x: deepest * COLUMN + 4, y: (height - ROW) / 2 + 4 };
  return { placed: [...placed, own], width: deepest * COLUMN + BOX.width + 8, height };
}

/** How many characters of a name fit into a box: names of tables are in capitals, which are wider. */
function fitting(name: string): number {
  const capitals = name.match(/[A-Z_]/g)?.length ?? 0;
  return capitals > name.length / 2 ? 17 : 22;
}

/** The picture. Whoever can't see it has the table beside it. */
export function lineagePicture(
  start: Start,
  nodes: readonly LineageNode[],
  edges: readonly LineageEdge[],
): Html {
  const { placed, width, height } = place(start, nodes);
  const at = new Map(placed.map((node) => [node.id, node]));
  const lines = edges.flatMap(({ upstream_id: from, downstream_id: to }) => {
    const [a, b] = [at.get(from), at.get(to)];
    if (a === undefined || b === undefined) return [];
    const [x1, y1] = [a.x + BOX.width, a.y + BOX.height / 2];
    const [x2, y2] = [b.x, b.y + BOX.height / 2];
    const bend = Math.max(20, Math.abs(x2 - x1) / 2);
    return [html`<path d="M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}"/>`];
  });
  const boxes = placed.map(
    ({ id, type, name, x, y }) =>
      html`<g class="node type-${typeClass(type)}"><title>${type}: ${name}</title><rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="5"/><text x="${x + 8}" y="${y + 17}">${cut(name, fitting(name))}</text>${id === start.id ? html`<rect class="ring" x="${x - 2}" y="${y - 2}" width="${BOX.width + 4}" height="${BOX.height + 4}" rx="7"/>` : ''}</g>`,
  );
  return html`<div class="scroll lineage" role="region" aria-label="Lineage" tabindex="0"><svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Where the data of ${start.name} comes from: ${nodes.length} nodes, listed below"><g class="edges">${lines}</g>${boxes}</svg></div>`;
}

const KNOWN = new Set(['connection', 'table', 'dataset', 'data-model', 'element', 'workbook', 'report']);
const typeClass = (type: string): string => (KNOWN.has(type) ? type : 'other');
