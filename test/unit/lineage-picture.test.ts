/** The picture of lineage: it flows from left to right, no edge crosses a node, and everything is within it. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Edge, layered } from '../../src/operations/web/view/layered-layout.ts';
import { lineagePicture } from '../../src/operations/web/view/lineage-picture.ts';

const graphs = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.array(fc.tuple(fc.nat(45), fc.nat(45)), { maxLength: 120 }))
  .map(([size, pairs]) => ({
    nodes: Array.from({ length: size }, (_, i) => `n${i}`),
    // Circles, edges to nobody and to themselves are among them.
    edges: pairs.map(([from, to]): Edge => ({ from: `n${from}`, to: `n${to}` })),
  }));

it('has every node once, flows from left to right, and keeps what leads where', () => {
  fc.assert(
    fc.property(graphs, ({ nodes, edges }) => {
      const { slots, steps, columns, rows } = layered(nodes, edges);
      expect(slots.flatMap(({ node }) => node ?? []).sort()).toEqual(nodes.toSorted());
      const at = new Map(slots.map((slot) => [slot.id, slot]));
      for (const { from, to } of steps)
        expect((at.get(to)?.column ?? 0) - (at.get(from)?.column ?? 0)).toBe(1);
      for (const { node, column, y } of slots) {
        const half = node === undefined ? 0.2 : 0.5;
        expect([column >= 0 && column < columns, y >= half - 1e-6, y <= rows - half + 1e-6]).toEqual([
          true,
          true,
          true,
        ]);
      }
      // Nodes and edges of one column do not touch.
      for (const one of Map.groupBy(slots, ({ column }) => column).values()) {
        const sorted = one.toSorted((a, b) => a.y - b.y);
        sorted.slice(1).forEach((slot, i) => {
          const above = sorted[i];
          const distance = [slot, above].reduce(
            (sum, each) => sum + (each?.node === undefined ? 0.2 : 0.5),
            0,
          );
          expect(slot.y - (above?.y ?? 0)).toBeGreaterThanOrEqual(distance - 1e-6);
        });
      }
    }),
  );
});

it('leads to all that a graph without circles leads to', () => {
  fc.assert(
    fc.property(graphs, ({ nodes, edges }) => {
      const known = new Set(nodes);
      const down = edges.filter(
        ({ from, to }) => known.has(from) && known.has(to) && Number(from.slice(1)) < Number(to.slice(1)),
      );
      const { steps } = layered(nodes, down);
      for (const node of nodes)
        expect([node, reach(node, steps, known)]).toEqual([node, reach(node, down, known)]);
    }),
  );
});

function reach(node: string, edges: readonly Edge[], known: ReadonlySet<string>): string[] {
  const seen = new Set<string>();
  const open = [node];
  for (let one = open.pop(); one !== undefined; one = open.pop())
    for (const { from, to } of edges)
      if (from === one && !seen.has(to)) {
        seen.add(to);
        open.push(to);
      }
  return [...seen].filter((one) => known.has(one)).sort();
}

it('a long chain and a wide fan are placed in a moment', () => {
  const nodes = Array.from({ length: 3000 }, (_, i) => `n${i}`);
  const chain = nodes.slice(1).map((to, i) => ({ from: `n${i}`, to }));
  expect(layered(nodes, chain).columns).toBe(3000);
  expect(
    layered(
      nodes,
      nodes.slice(1).map((to) => ({ from: 'n0', to })),
    ).rows,
  ).toBeCloseTo(2999);
});

it('nodes are links with their whole titles, and texts are texts', () => {
  const name = `"><script>window.hit=1</script> ${'x'.repeat(300)}`;
  const picture = String(
    lineagePicture(
      { node_id: 'w', type: 'workbook', name: 'Sales' },
      [{ node_id: 'a:b', type: 'table', name }],
      [{ upstream_id: 'a:b', downstream_id: 'w' }],
    ),
  );
  expect(picture).toContain('class="node type-table" href="/lineage/a%3Ab"');
  expect(picture).toContain('x'.repeat(300));
  expect(picture).not.toContain('<script');
  // The node itself leads nowhere: one is there.
  expect(picture).not.toContain('href="/workbooks/w"');
});
