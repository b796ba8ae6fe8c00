/** Account types: what members may do at all. */
import type { Entry } from '../../store/entry.ts';
import { description } from '../../store/names.ts';
import type { Identified } from '../../store/ordered.ts';
import type { Random } from '../../store/random.ts';
import { type Store, tableOf } from '../../store/store.ts';
import { deletion, mutation } from '../mutation.ts';
import { parent } from '../parents.ts';
import { BY_TOKEN, rootStream, type Stream } from '../stream.ts';

export interface AccountType extends Identified {
  readonly name: string;
  readonly description: string;
  readonly isCustom: boolean;
  permissions: readonly string[];
}

const NAMES = ['Admin', 'Creator', 'Explorer', 'Viewer', 'Analyst (extern)'] as const;
const FEATURES = [
  ...(['create-workbook', 'export-data', 'schedule-export', 'use-input-tables', 'manage-users'] as const),
  ...(['publish-template', 'write-sql', 'embed', 'explore', 'view'] as const),
] as const;

const accountTypesOf = tableOf<AccountType>();
export const accountTypeParent = parent('accountTypeId', 'account type', accountTypesOf);

function add(store: Store, random: Random, name: string, isCustom: boolean): string {
  const order = store.nextOrder();
  const permissions = FEATURES.filter(() => random.next() < 0.6);
  const id = random.uuid();
  accountTypesOf(store).add({
    ...{ order, id, name, isCustom },
    description: isCustom ? description(random) : `The account type ${name}`,
    permissions: permissions.length > 0 ? permissions : ['view'],
  });
  return id;
}

function render(store: Store, { id, name, description, isCustom }: AccountType): Entry {
  const license = name === 'Viewer' ? 'view' : 'create';
  return {
    ...{ accountTypeId: id, accountTypeName: name, description, isCustom },
    // A licence type came in 2026; how its field is spelled is not known.
    ...(store.newerFields && { licenseType: license }),
  };
}

export const accountTypes = {
  ...rootStream({ paths: [{ path: '/v2/accountTypes', ...BY_TOKEN }], table: accountTypesOf, render }),
  make(store) {
    for (const [i, name] of NAMES.entries()) add(store, store.generator('access'), name, i === 4);
  },
  mutations: {
    addAccountType: mutation(1, ['name'], (store, name) => {
      store.tick();
      return add(store, store.random, name ?? `Custom ${store.random.below(1e6)}`, true);
    }),
    /** Gives or takes one permission of an account type. */
    changeAccountType: mutation(1, ['id'], (store, id) => {
      const type = store.chosen(accountTypesOf(store), id);
      store.tick();
      const feature = store.random.pick(FEATURES);
      const others = type.permissions.filter((one) => one !== feature);
      type.permissions = others.length < type.permissions.length ? others : [...others, feature];
      return type.id;
    }),
    /** Deletes an account type with its permissions; only a custom one is chosen. */
    deleteAccountType: deletion(accountTypesOf, undefined, ({ isCustom }) => isCustom),
  },
} satisfies Stream;
