/**
 * `check access`: what `effective_access` says of some members, beside what Sigma itself says of them
 * (`/v2/members/{id}/files`), difference by difference.
 */
import type { Database } from '../../core/database/database.ts';
import type { EventBus } from '../../core/events/bus.ts';
import type { SigmaClient } from '../../sigma/client.ts';
import { readListing } from '../../sigma/paging.ts';
import { segment } from '../../sigma/segment.ts';
import type { Schemas } from '../../state/schemas.ts';

/** A member and an object of which the two say different things. */
export interface AccessDifference {
  readonly memberId: string;
  readonly inodeId: string;
  readonly type: string;
  /** Null where there is no access. */
  readonly ours: string | null;
  readonly sigmas: string | null;
}

/** The compared grants, and the result. */
export interface AccessReport {
  readonly members: number;
  /** Administrators, who see everything: they are left out. */
  readonly administrators: number;
  /** Pairs of member and object that either knows. */
  readonly pairs: number;
  /** Pairs that only Sigma knows, because the object is not among the synced files: new ones, or others' documents. */
  readonly unlisted: number;
  /** Those pairs. */
  readonly unlistedObjects: readonly Omit<AccessDifference, 'ours'>[];
  readonly differences: readonly AccessDifference[];
}

/** Dependencies of the comparison. */
export interface AccessContext {
  readonly client: SigmaClient;
  readonly database: Database;
  readonly schemas: Schemas;
  readonly events: EventBus;
  readonly signal?: AbortSignal | undefined;
}

interface Access {
  readonly type: string;
  readonly permission: string;
}

/**
 * Compares some members, the same ones each time. Objects that are not among the synced files are counted and left
 * out, since Sigma's answer has files alone. Archived members are left out, too, and so are administrators: whether
 * Sigma's answer has all that they see is not known.
 *
 * @throws the errors of the client; an error of the database where nothing was synced.
 */
export async function checkAccess(context: AccessContext, most: number): Promise<AccessReport> {
  const { database, schemas } = context;
  const active = `from "${schemas.target}".members
        where _deleted_at is null and is_archived is not true and is_inactive is not true`;
  const isAdministrator = `coalesce(lower(member_type) = 'admin', false)`;
  const [full] = await database.session((session) =>
    session.query<{ n: number }>(`select count(*)::integer as n ${active} and ${isAdministrator}`),
  );
  const people = await database.session((session) =>
    session.query<{ id: string }>(
      `select member_id as id ${active} and not ${isAdministrator}
        order by md5(member_id), member_id limit $1`,
      [most],
    ),
  );
  const differences: AccessDifference[] = [];
  let pairs = 0;
  const unlistedObjects: AccessReport['unlistedObjects'][number][] = [];
  for (const { id: memberId } of people) {
    const ours = await oursOf(context, memberId);
    const all = await sigmasOf(context, memberId);
    const listed = await listedOf(context, [...all.keys()]);
    const sigmas = new Map([...all].filter(([id]) => listed.has(id)));
    for (const [inodeId, { type, permission }] of all)
      if (!listed.has(inodeId)) unlistedObjects.push({ memberId, inodeId, type, sigmas: permission });
    for (const inodeId of [...new Set([...ours.keys(), ...sigmas.keys()])].sort()) {
      pairs++;
      const [one, other] = [ours.get(inodeId), sigmas.get(inodeId)];
      if (one?.permission === other?.permission) continue;
      const type = other?.type ?? one?.type ?? '';
      const said = { ours: one?.permission ?? null, sigmas: other?.permission ?? null };
      differences.push({ memberId, inodeId, type, ...said });
    }
  }
  const counts = { members: people.length, administrators: full?.n ?? 0, pairs };
  return { ...counts, unlisted: unlistedObjects.length, differences, unlistedObjects };
}

async function oursOf({ database, schemas }: AccessContext, memberId: string): Promise<Map<string, Access>> {
  const { target } = schemas;
  const rows = await database.session((session) =>
    session.query<{ id: string; type: string; permission: string }>(
      `select a.inode_id as id, f.type, a.permission
         from "${target}".effective_access() a
         join "${target}".files f on f.id = a.inode_id and f._deleted_at is null
        where a.member_id = $1`,
      [memberId],
    ),
  );
  return new Map(rows.map(({ id, ...access }) => [id, access]));
}

/** Those of the ids that are synced files. */
async function listedOf(
  { database, schemas }: AccessContext,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await database.session((session) =>
    session.query<{ id: string }>(
      `select id from "${schemas.target}".files where _deleted_at is null and id = any($1)`,
      [ids],
    ),
  );
  return new Set(rows.map(({ id }) => id));
}

async function sigmasOf(context: AccessContext, memberId: string): Promise<Map<string, Access>> {
  const { client, events, signal } = context;
  const found = new Map<string, Access>();
  const path = `/v2/members/${segment(memberId)}/files`;
  const listing = {
    path,
    paging: 'page',
    query: {},
    stream: 'effective_access',
    partition: memberId,
  } as const;
  for await (const { entries } of readListing(client, { ...listing, signal }, { pageSize: 1000, events }))
    for (const entry of entries) {
      const { id, type, permission } = entry as Readonly<Record<string, unknown>>;
      if (typeof id === 'string' && typeof permission === 'string')
        found.set(id, { type: String(type ?? ''), permission });
    }
  return found;
}
