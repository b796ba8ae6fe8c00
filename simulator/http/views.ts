/**
 * Parts of a list that depend on a filter, kept until the organization changes: a page stays a slice, and the
 * whole list is looked through once per change at most.
 */
import type { HasOrder, Ordered, Sliceable } from '../store/ordered.ts';
import { hash } from '../store/random.ts';
import type { Store } from '../store/store.ts';

interface View {
  readonly at: number;
  readonly items: readonly unknown[];
}

export class Views {
  readonly #store: Store;
  readonly #lossShare: () => number;
  readonly #views = new WeakMap<object, Map<string, View>>();

  /** @param lossShare share of the inodes the credentials have lost their rights on, 0 to 1. */
  constructor(store: Store, lossShare: () => number) {
    this.#store = store;
    this.#lossShare = lossShare;
  }

  /** The items of `list` for which `keep` holds; `key` names the filter. */
  filtered<T extends HasOrder>(list: Ordered<T>, key: string, keep: (item: T) => boolean): Sliceable<T> {
    let views = this.#views.get(list);
    if (views === undefined) {
      views = new Map();
      this.#views.set(list, views);
    }
    const known = views.get(key);
    // The logical clock moves with every change.
    if (known?.at === this.#store.now) return known.items as readonly T[];
    const items = list.toArray().filter(keep);
    views.set(key, { at: this.#store.now, items });
    return items;
  }

  /** The inodes of `list` the credentials still have rights on and, of those, the ones for which `keep` holds. */
  permitted<T extends HasOrder & { readonly id: string }>(
    list: Ordered<T>,
    key = '',
    keep: (item: T) => boolean = () => true,
  ): Sliceable<T> {
    const share = this.#lossShare();
    if (share === 0) return key === '' ? list : this.filtered(list, key, keep);
    return this.filtered(list, `${key} loss ${share}`, (item) => !this.lost(item.id) && keep(item));
  }

  /** True while the credentials have lost their rights on this inode. */
  lost(id: string): boolean {
    const share = this.#lossShare();
    return share > 0 && hash(this.#store.seed, 'loss', id) / 2 ** 32 < share;
  }
}
