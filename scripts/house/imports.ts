/** The house as its imports show it: rooms, files, and who imports whom. Read by the layers test and the picture. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** An import of one file by another. Paths are relative to the checkout. */
export interface Import {
  readonly from: string;
  readonly to: string;
}

/** Folders and files of the checkout that are rooms, or hold rooms. */
const PARTS = ['simulator', 'migrations', 'src'];

/** Every TypeScript file of the house, sorted. */
export function housePaths(checkout: string): string[] {
  return PARTS.filter((part) => existsSync(join(checkout, part)))
    .flatMap((part) =>
      readdirSync(join(checkout, part), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => join(part, name)),
    )
    .sort();
}

/** Every import between files of the house. */
export function houseImports(checkout: string): Import[] {
  return housePaths(checkout).flatMap((from) =>
    [...readFileSync(join(checkout, from), 'utf8').matchAll(/(?:from |import\()'(\.[^']+)'/g)].map(
      ([, target = '']) => ({ from, to: relative(checkout, resolve(checkout, dirname(from), target)) }),
    ),
  );
}

/** The room of a file: an entry of `src/`, or `simulator`, or `migrations`. */
export function roomOf(path: string): string {
  const [part = '', entry = ''] = path.split('/');
  return part === 'src' ? entry : part;
}

/** Arrows of a graph, each node with those that it points to. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** The graph of names that `nameOf` gives to both ends; arrows from a name to itself are left out. */
export function graphOf(imports: readonly Import[], nameOf: (path: string) => string | undefined): Graph {
  const graph = new Map<string, Set<string>>();
  for (const { from, to } of imports) {
    const [a, b] = [nameOf(from), nameOf(to)];
    if (a === undefined || b === undefined || a === b) continue;
    const targets = graph.get(a) ?? new Set();
    graph.set(a, targets.add(b));
  }
  return graph;
}

/** A circle of the graph, its first node repeated at the end; undefined where there is none. */
export function circleOf(graph: Graph): string[] | undefined {
  const done = new Set<string>();
  const visit = (node: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (done.has(node)) return undefined;
    for (const next of graph.get(node) ?? []) {
      const circle = visit(next, [...path, node]);
      if (circle !== undefined) return circle;
    }
    done.add(node);
    return undefined;
  };
  for (const node of graph.keys()) {
    const circle = visit(node, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}
