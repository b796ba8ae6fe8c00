/** Addresses that may use the API or the application. The newest comes first in the listing. */
import { DAY, type Entry, EPOCH, type Stamped, type Stamps, stamps } from '../../store/entry.ts';
import { description } from '../../store/names.ts';
import type { Random } from '../../store/random.ts';
import { type Store, tableOf } from '../../store/store.ts';
import { deletion, mutation } from '../mutation.ts';
import { BY_TOKEN, rootStream, type Stream } from '../stream.ts';

interface AllowedIp extends Stamped {
  readonly ip: string;
  readonly scope: 'public-api' | 'ui' | 'both';
  readonly description: string | undefined;
}

const allowedIpsOf = tableOf<AllowedIp>();

function add(store: Store, random: Random, order: number, stamps: Stamps): string {
  const ip = `203.0.113.${random.below(256)}`;
  const id = random.uuid();
  allowedIpsOf(store).add({
    order,
    id,
    ip: random.next() < 0.3 ? `${ip}/32` : ip,
    scope: random.pick(['public-api', 'ui', 'both'] as const),
    description: random.next() < 0.5 ? undefined : description(random),
    ...stamps,
  });
  return id;
}

function render(_: Store, { id, ip, scope, description, ...rest }: AllowedIp): Entry {
  const described = description !== undefined && { description };
  return { ipAllowlistEntryId: id, ip, scope, ...described, ...stamps(rest) };
}

export const allowedIps = {
  ...rootStream({ paths: [{ path: '/v3alpha/allowedIps', ...BY_TOKEN }], table: allowedIpsOf, render }),
  make(store) {
    const by = store.ownerId;
    for (let i = 0; i < 4; i++) {
      const at = EPOCH + (200 - i) * DAY;
      const made = { createdBy: by, updatedBy: by, createdAt: at, updatedAt: at };
      add(store, store.generator('access'), store.nextOrder(), made);
    }
  },
  mutations: {
    allowIp: mutation(1, [], (store) =>
      add(store, store.random, store.nextOrder({ front: true }), store.fresh()),
    ),
    disallowIp: deletion(allowedIpsOf),
  },
} satisfies Stream;
