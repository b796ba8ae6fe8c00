/** Finds the endpoint of a path: one step per segment, whatever the number of endpoints. */

interface Node<T> {
  readonly fixed: Map<string, Node<T>>;
  /** The segment `{name}`. */
  variable: Node<T> | undefined;
  leaf: { readonly template: string; readonly names: readonly string[]; readonly value: T } | undefined;
}

/** An endpoint and the values of its path parameters. */
export interface Match<T> {
  readonly template: string;
  readonly value: T;
  readonly params: Readonly<Record<string, string>>;
}

export class Router<T> {
  readonly #root: Node<T> = node();

  add(template: string, value: T): void {
    const names: string[] = [];
    let at = this.#root;
    for (const segment of template.split('/').slice(1)) {
      if (segment.startsWith('{')) {
        names.push(segment.slice(1, -1));
        at.variable ??= node();
        at = at.variable;
      } else {
        const next: Node<T> = at.fixed.get(segment) ?? node();
        at.fixed.set(segment, next);
        at = next;
      }
    }
    at.leaf = { template, names, value };
  }

  match(path: string): Match<T> | undefined {
    const values: string[] = [];
    let at = this.#root;
    for (const segment of path.split('/').slice(1)) {
      const fixed = at.fixed.get(segment);
      const next = fixed ?? at.variable;
      if (next === undefined || segment === '') return undefined;
      if (fixed === undefined) values.push(segment);
      at = next;
    }
    if (at.leaf === undefined) return undefined;
    const params: Record<string, string> = {};
    for (const [i, name] of at.leaf.names.entries()) {
      const value = decoded(values[i] ?? '');
      if (value === undefined) return undefined;
      params[name] = value;
    }
    return { template: at.leaf.template, value: at.leaf.value, params };
  }
}

function node<T>(): Node<T> {
  return { fixed: new Map(), variable: undefined, leaf: undefined };
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
