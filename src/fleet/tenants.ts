/** The tenants that Sigma knows of an organization, and which of them the settings have. */
import type { EventBus } from '../core/events/bus.ts';
import { isPlainObject } from '../core/plain-object.ts';
import type { SigmaClient } from '../sigma/client.ts';
import { readListing } from '../sigma/paging.ts';
import { means, statusOf } from '../sigma/status.ts';

/** A tenant, as its parent tells of it. */
export interface Tenant {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
  /** Address of its API, where Sigma tells it. */
  readonly apiUrl: string | null;
}

/** The identity of an organization at Sigma, and its tenants. */
export interface Kin {
  /** Its id; undefined where its API does not tell. */
  readonly id: string | undefined;
  /** Undefined where its credentials may not list them, or it can have none. */
  readonly tenants: readonly Tenant[] | undefined;
}

/** The listing, and that of the beta before July 2026. */
const PATHS = ['/v2/tenants', '/v3alpha/tenants'];

/** Asks an organization for its id and its tenants. @throws AuthError, ApiError, NetworkError; InterruptedError */
export async function kinOf(client: SigmaClient, events: EventBus, signal: AbortSignal): Promise<Kin> {
  const { body } = await client.get('/v2/whoami', { signal });
  const id = isPlainObject(body) ? textOf(body, 'organizationId') : undefined;
  for (const path of PATHS) {
    const tenants = await listed(client, path, events, signal);
    if (tenants !== undefined) return { id, tenants };
  }
  return { id, tenants: undefined };
}

async function listed(
  client: SigmaClient,
  path: string,
  events: EventBus,
  signal: AbortSignal,
): Promise<readonly Tenant[] | undefined> {
  const request = { path, paging: 'pageToken' as const, query: {}, stream: 'tenants', partition: '', signal };
  const tenants: Tenant[] = [];
  try {
    for await (const { entries } of readListing(client, request, { pageSize: 1000, events }))
      tenants.push(...entries.filter(isPlainObject).flatMap((entry) => tenantOf(entry) ?? []));
  } catch (error) {
    if (means(statusOf(error), 'not for us')) return undefined;
    throw error;
  }
  return tenants;
}

function tenantOf(entry: Readonly<Record<string, unknown>>): Tenant | undefined {
  const id = textOf(entry, 'tenantOrganizationId');
  if (id === undefined) return undefined;
  const slug = textOf(entry, 'tenantOrganizationSlug') ?? id;
  const name = textOf(entry, 'tenantOrganizationName') ?? slug;
  return { id, slug, name, apiUrl: textOf(entry, 'tenantApiUrl') ?? null };
}

function textOf(entry: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = entry[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Tenants that no entry of the settings has the credentials of, each once. */
export function withoutEntry(kin: readonly Kin[]): readonly Tenant[] {
  const known = new Set(kin.map(({ id }) => id));
  const found = kin.flatMap(({ tenants }) => tenants ?? []).filter(({ id }) => !known.has(id));
  return [...new Map(found.map((tenant) => [tenant.id, tenant])).values()];
}

/** A name for the settings, made of a tenant's. */
export function entryName({ slug }: Tenant): string {
  const plain = slug
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+/, '')
    .slice(0, 29)
    .replace(/_+$/, '');
  return plain === '' ? 'tenant' : plain;
}
