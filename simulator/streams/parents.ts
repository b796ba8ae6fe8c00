/** The parents of child listings: how a request names one, and whose children are part of the truth. */
import { Refusal } from '../http/answer.ts';
import { type Call, param } from '../http/endpoint.ts';
import type { Identified } from '../store/ordered.ts';
import type { Store, Table } from '../store/store.ts';

/** A kind of parent. */
export interface Parent<P> {
  /** The path parameter that names one; the truth gives its id under the same name. */
  readonly param: string;
  /** @throws Refusal where its children cannot be read. */
  find(call: Call): P;
  /** Those whose children are part of the truth. */
  all(store: Store): Iterable<P>;
}

/** A parent found by its id whose children can always be read. */
export function parent<P extends Identified>(name: string, what: string, table: Table<P>): Parent<P> {
  return {
    param: name,
    find(call) {
      const one = table(call.store).get(param(call, name));
      if (one === undefined) throw new Refusal(404, `${what} not found`);
      return one;
    },
    all: (store) => table(store).list,
  };
}

/** The same for documents: the API refuses to list what is in an archived one. */
export function documentParent<P extends Identified & { readonly archived: boolean }>(
  name: string,
  what: string,
  table: Table<P>,
): Parent<P> {
  const plain = parent(name, what, table);
  return {
    param: name,
    find(call) {
      const one = plain.find(call);
      if (call.views.lost(one.id)) throw new Refusal(403, `no access to this ${what}`);
      if (one.archived) throw new Refusal(400, `the ${what} is archived`);
      return one;
    },
    *all(store) {
      for (const one of table(store).list) if (!one.archived) yield one;
    },
  };
}
