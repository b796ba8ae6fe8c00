/**
 * Places the nodes of a graph in columns so that everything flows from left to right. Edges longer than one column pass
 * through columns in rows of their own, so that no edge crosses a node. Pure.
 *
 * The steps are those of Sugiyama: columns by the longest way to the end, an order that crosses few edges, then heights that
 * keep neighbours level.
 */

/** An edge by the ids of its nodes. */
export interface Edge {
  readonly from: string;
  readonly to: string;
}

/** A place of a node, or of an edge that passes a column. */
export interface Slot {
  readonly id: string;
  /** Undefined where nothing but an edge passes. */
  readonly node: string | undefined;
  /** From the left, beginning with 0. */
  readonly column: number;
  /** Its middle, in rows of a node. */
  readonly y: number;
}

/** Positions of all nodes and edges. */
export interface Layout {
  readonly slots: readonly Slot[];
  /** Each goes from a slot to one in the next column. */
  readonly steps: readonly Edge[];
  readonly columns: number;
  readonly rows: number;
}

/** Height of what only passes, in rows. */
const PASSING = 0.4;
const SWEEPS = 12;

/** A slot on its way to its place. */
interface Rough {
  readonly id: string;
  readonly node: string | undefined;
  readonly height: number;
  y: number;
}

/**
 * Edges to or from unknown nodes, those from a node to itself, and those beside a longer way are left out: what leads where
 * is still to be seen.
 */
export function layered(nodes: readonly string[], edges: readonly Edge[]): Layout {
  const known = new Set(nodes);
  const forward = reduced(
    nodes,
    acyclic(
      nodes,
      edges.filter(({ from, to }) => from !== to && known.has(from) && known.has(to)),
    ),
  );
  const depth = depths(nodes, forward);
  const columns = Math.max(0, ...depth.values()) + 1;
  const grid: Rough[][] = Array.from({ length: columns }, () => []);
  const columnOf = (node: string): number => columns - 1 - (depth.get(node) ?? 0);
  for (const node of nodes) grid[columnOf(node)]?.push({ id: node, node, height: 1, y: 0 });
  const steps = passing(forward, columnOf, grid);
  order(grid, steps);
  level(grid, steps);
  const all = grid.flat();
  const top = Math.min(0, ...all.map(({ y, height }) => y - height / 2));
  const slots = grid.flatMap((of, column) => of.map(({ id, node, y }) => ({ id, node, column, y: y - top })));
  const rows = Math.max(1, ...all.map(({ y, height }) => y + height / 2 - top));
  return { slots, steps, columns, rows };
}

/** The edges, each once, without those that would close a circle. */
function acyclic(nodes: readonly string[], edges: readonly Edge[]): Edge[] {
  const down = Map.groupBy(edges, ({ from }) => from);
  const state = new Map<string, 'open' | 'done'>();
  const kept = new Map<string, Edge>();
  for (const first of nodes) {
    if (state.has(first)) continue;
    // A stack of its own: a chain may be longer than that of the engine.
    const stack = [{ node: first, rest: [...(down.get(first) ?? [])] }];
    state.set(first, 'open');
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const edge = top.rest.pop();
      if (edge === undefined) {
        state.set(top.node, 'done');
        stack.pop();
        continue;
      }
      if (state.get(edge.to) === 'open') continue;
      kept.set(JSON.stringify([edge.from, edge.to]), edge);
      if (state.has(edge.to)) continue;
      state.set(edge.to, 'open');
      stack.push({ node: edge.to, rest: [...(down.get(edge.to) ?? [])] });
    }
  }
  return [...kept.values()];
}

/** The edges without those beside a longer way. */
function reduced(nodes: readonly string[], edges: readonly Edge[]): Edge[] {
  const down = Map.groupBy(edges, ({ from }) => from);
  const depth = depths(nodes, edges);
  const beyond = new Map<string, ReadonlySet<string>>();
  // From the ends, so that what is beyond a node is known before it.
  for (const node of nodes.toSorted((a, b) => (depth.get(a) ?? 0) - (depth.get(b) ?? 0))) {
    const next = (down.get(node) ?? []).map(({ to }) => to);
    beyond.set(node, new Set(next.flatMap((one) => [one, ...(beyond.get(one) ?? [])])));
  }
  return edges.filter(
    ({ from, to }) =>
      !(down.get(from) ?? []).some((other) => other.to !== to && beyond.get(other.to)?.has(to)),
  );
}

/** Edges on the longest way from each node to an end. */
function depths(nodes: readonly string[], edges: readonly Edge[]): Map<string, number> {
  const up = Map.groupBy(edges, ({ to }) => to);
  const waiting = new Map(nodes.map((node) => [node, 0]));
  for (const { from } of edges) waiting.set(from, (waiting.get(from) ?? 0) + 1);
  const depth = new Map(nodes.map((node) => [node, 0]));
  const ready = nodes.filter((node) => waiting.get(node) === 0);
  for (let node = ready.pop(); node !== undefined; node = ready.pop()) {
    for (const { from } of up.get(node) ?? []) {
      depth.set(from, Math.max(depth.get(from) ?? 0, (depth.get(node) ?? 0) + 1));
      const left = (waiting.get(from) ?? 1) - 1;
      waiting.set(from, left);
      if (left === 0) ready.push(from);
    }
  }
  return depth;
}

/** Slots for what passes a column: all that comes from one node shares them. */
function passing(edges: readonly Edge[], columnOf: (node: string) => number, grid: Rough[][]): Edge[] {
  const steps = new Map<string, Edge>();
  const step = (from: string, to: string): void => {
    steps.set(JSON.stringify([from, to]), { from, to });
  };
  const made = new Set<string>();
  for (const { from, to } of edges) {
    let last = from;
    for (let column = columnOf(from) + 1; column < columnOf(to); column++) {
      const id = JSON.stringify([from, column]);
      if (!made.has(id)) grid[column]?.push({ id, node: undefined, height: PASSING, y: 0 });
      made.add(id);
      step(last, id);
      last = id;
    }
    step(last, to);
  }
  return [...steps.values()];
}

/** Neighbours by id. */
function neighbours(steps: readonly Edge[]): { left: Map<string, string[]>; right: Map<string, string[]> } {
  const [left, right] = [new Map<string, string[]>(), new Map<string, string[]>()];
  for (const { from, to } of steps) {
    left.set(to, [...(left.get(to) ?? []), from]);
    right.set(from, [...(right.get(from) ?? []), to]);
  }
  return { left, right };
}

/** Orders each column by where its neighbours are, from one side and then from the other. */
function order(grid: Rough[][], steps: readonly Edge[]): void {
  const { left, right } = neighbours(steps);
  const place = new Map<string, number>();
  const note = (column: Rough[]): void => {
    for (const [i, { id }] of column.entries()) place.set(id, i);
  };
  for (const column of grid) note(column);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const [columns, beside] = sweep % 2 === 0 ? [grid.toReversed(), right] : [grid, left];
    for (const column of columns) {
      const middle = new Map(
        column.map(({ id }) => [
          id,
          mean((beside.get(id) ?? []).map((one) => place.get(one) ?? 0)) ?? place.get(id) ?? 0,
        ]),
      );
      column.sort((a, b) => (middle.get(a.id) ?? 0) - (middle.get(b.id) ?? 0));
      note(column);
    }
  }
}

/** Heights near those of the neighbours, in the order and with the distance that there must be. */
function level(grid: Rough[][], steps: readonly Edge[]): void {
  const { left, right } = neighbours(steps);
  const all = new Map(grid.flat().map((slot) => [slot.id, slot]));
  for (const column of grid)
    settle(
      column,
      column.map((_, i) => i),
    );
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const columns = sweep % 2 === 0 ? grid.toReversed() : grid;
    for (const column of columns) {
      const wanted = column.map(({ id, y }) => {
        const beside = [...(left.get(id) ?? []), ...(right.get(id) ?? [])];
        return mean(beside.map((one) => all.get(one)?.y ?? 0)) ?? y;
      });
      settle(column, wanted);
    }
  }
}

/** Puts each as near to where it is wanted as the others let it: blocks that touch move as one. */
function settle(column: readonly Rough[], wanted: readonly number[]): void {
  const offsets: number[] = [];
  let offset = 0;
  column.forEach(({ height }, i) => {
    const above = column[i - 1];
    offset += above === undefined ? 0 : (above.height + height) / 2;
    offsets.push(offset);
  });
  const blocks: { sum: number; count: number }[] = [];
  wanted.forEach((y, i) => {
    blocks.push({ sum: y - (offsets[i] ?? 0), count: 1 });
    for (let last = blocks.at(-1), before = blocks.at(-2); last !== undefined && before !== undefined; ) {
      if (before.sum / before.count <= last.sum / last.count) break;
      blocks.splice(-2, 2, { sum: before.sum + last.sum, count: before.count + last.count });
      [last, before] = [blocks.at(-1), blocks.at(-2)];
    }
  });
  let i = 0;
  for (const { sum, count } of blocks)
    for (let n = 0; n < count; n++, i++) {
      const slot = column[i];
      if (slot !== undefined) slot.y = sum / count + (offsets[i] ?? 0);
    }
}

const mean = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
