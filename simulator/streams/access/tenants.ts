/** Tenants: organizations that this one is the parent of. */
import { type Entry, iso, type Stamped, type Stamps, stamps, stampsBy } from '../../store/entry.ts';
import type { Random } from '../../store/random.ts';
import { type Store, tableOf } from '../../store/store.ts';
import { deletion, mutation } from '../mutation.ts';
import { BY_TOKEN, rootStream, type Stream } from '../stream.ts';

interface Tenant extends Stamped {
  readonly name: string;
  readonly slug: string;
  readonly sharedAt: number | undefined;
}

const tenantsOf = tableOf<Tenant>();

function add(store: Store, random: Random, number: number, stamps: Stamps, name?: string): string {
  const order = store.nextOrder();
  const sharedAt = random.next() < 0.5 ? stamps.updatedAt : undefined;
  const id = random.uuid();
  const slug = `tenant-${number}`;
  tenantsOf(store).add({ order, id, name: name ?? `Tenant “${number}”`, slug, sharedAt, ...stamps });
  return id;
}

function render(store: Store, tenant: Tenant): Entry {
  return {
    tenantOrganizationId: tenant.id,
    parentOrganizationId: store.organizationId,
    ...stamps(tenant),
    tenantOrganizationName: tenant.name,
    tenantOrganizationSlug: tenant.slug,
    ...(tenant.sharedAt !== undefined && { sharedAt: iso(tenant.sharedAt) }),
    // Since July 2026, when tenants left their beta. [SDK]
    ...(store.newerFields && {
      tenantCloudProvider: 'aws',
      tenantRegion: 'us-west-2',
      tenantApiUrl: 'https://aws-api.sigmacomputing.com',
    }),
  };
}

export const tenants = {
  ...rootStream({
    paths: [
      { path: '/v2/tenants', ...BY_TOKEN, novelty: 'tenantsV2' },
      { path: '/v3alpha/tenants', ...BY_TOKEN, until: 'tenantsV2' },
    ],
    singles: [
      { path: '/v2/tenants/{tenantOrganizationId}', novelty: 'tenantsV2' },
      { path: '/v3alpha/tenants/{tenantOrganizationId}', until: 'tenantsV2' },
    ],
    table: tenantsOf,
    render,
    unknown: ['key', 'order', 'search'],
  }),
  make(store) {
    const random = store.generator('access');
    for (let number = 1; number <= 3; number++) add(store, random, number, stampsBy(random, store.ownerId));
  },
  mutations: {
    addTenant: mutation(2, ['name'], (store, name) =>
      add(store, store.random, store.random.below(1e9), store.fresh(), name),
    ),
    deleteTenant: deletion(tenantsOf),
  },
} satisfies Stream;
