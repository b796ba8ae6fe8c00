/**
 * Lists that keep the order a listing shows, with cheap slices and removals, so that serving a page costs the
 * page and not the organization.
 */

/** Anything with a place in a listing; smaller comes first. Orders are unique within an organization. */
export interface HasOrder {
  readonly order: number;
}

/** The part of items that a listing needs. */
export interface Sliceable<T> {
  readonly length: number;
  slice(start: number, end: number): readonly T[];
}

/** A list sorted by `order`. Appending is constant; other changes are a binary search and one memory move. */
export class Ordered<T extends HasOrder> implements Sliceable<T> {
  readonly #items: T[] = [];

  get length(): number {
    return this.#items.length;
  }

  add(item: T): void {
    const last = this.#items.at(-1);
    if (last === undefined || last.order < item.order) this.#items.push(item);
    else this.#items.splice(this.#position(item.order), 0, item);
  }

  /** Removes the item; false where it was not in the list. */
  delete(item: T): boolean {
    const at = this.#position(item.order);
    if (this.#items[at]?.order !== item.order) return false;
    this.#items.splice(at, 1);
    return true;
  }

  at(index: number): T | undefined {
    return this.#items[index];
  }

  slice(start: number, end: number): readonly T[] {
    return this.#items.slice(start, end);
  }

  /** A copy: safe to walk while the list changes. */
  toArray(): T[] {
    return this.#items.slice();
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#items[Symbol.iterator]();
  }

  #position(order: number): number {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#items[middle]?.order ?? Number.POSITIVE_INFINITY) < order) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The first entry, where it was put in front of those the organization was made with. */
export function addedInFront<T extends HasOrder>(list: Ordered<T>): T | undefined {
  const first = list.at(0);
  return first !== undefined && first.order < 0 ? first : undefined;
}

/** Lists by a key: the files in a folder, the grants of a team. */
export class Lists<T extends HasOrder> {
  readonly #lists = new Map<string, Ordered<T>>();

  of(key: string): Ordered<T> {
    return this.#lists.get(key) ?? new Ordered();
  }

  add(key: string, item: T): void {
    const list = this.of(key);
    this.#lists.set(key, list);
    list.add(item);
  }

  delete(key: string, item: T): void {
    const list = this.of(key);
    list.delete(item);
    if (list.length === 0) this.#lists.delete(key);
  }
}

/** Anything that is found by an id, and has a place in a listing. */
export type Identified = HasOrder & { readonly id: string };

/** Ordered items that can also be found by id. */
export class Registry<T extends Identified> {
  readonly list = new Ordered<T>();
  readonly #byId = new Map<string, T>();

  get size(): number {
    return this.#byId.size;
  }

  get(id: string): T | undefined {
    return this.#byId.get(id);
  }

  add(item: T): void {
    this.#byId.set(item.id, item);
    this.list.add(item);
  }

  delete(item: T): void {
    this.#byId.delete(item.id);
    this.list.delete(item);
  }
}

/** Several sliceable lists seen as one, in the order given. */
export function concatenated<T>(parts: readonly Sliceable<T>[]): Sliceable<T> {
  return {
    length: parts.reduce((sum, part) => sum + part.length, 0),
    slice(start, end) {
      const found: T[] = [];
      let base = 0;
      for (const part of parts) {
        if (start < base + part.length && end > base)
          found.push(...part.slice(Math.max(0, start - base), Math.min(part.length, end - base)));
        base += part.length;
      }
      return found;
    },
  };
}
