/** Connections, their paths, and the grants on both. */
import type { Stamped, Stamps } from '../../store/entry.ts';
import { tableName } from '../../store/names.ts';
import type { HasOrder } from '../../store/ordered.ts';
import type { Random } from '../../store/random.ts';
import { shortId } from '../../store/short-id.ts';
import { oneOf, type Store, tableOf } from '../../store/store.ts';
import { parent } from '../parents.ts';
import { connectionGrantsOf, type Grant } from './grants.ts';
import { membersOf, teamsOf } from './people.ts';

export interface Connection extends Stamped {
  name: string;
  readonly type: string;
  readonly isAuditLog: boolean;
  archived: boolean;
  readonly lastActiveAt: number;
}

/** A database, schema or table of a connection. */
export interface ConnectionPath extends HasOrder {
  /** The `urlId` of the listing, by which its grants are found. */
  readonly id: string;
  /** Id of the object itself, which its grants name. */
  readonly inodeId: string;
  readonly connectionId: string;
  readonly path: readonly string[];
}

/** Permissions a grant on a connection or one of its paths can carry. */
export const CONNECTION_PERMISSIONS = ['usage', 'annotate', 'admin', 'update', 'writeback'] as const;

export const connectionsOf = tableOf<Connection>();
export const connectionParent = parent('connectionId', 'connection', connectionsOf);
export const connectionPathsOf = tableOf<ConnectionPath>();
/** Short ids of paths by the ids that their grants name. */
export const pathUrlIdsOf = oneOf(() => new Map<string, string>());
export const connectionPathParent = parent('connectionPathId', 'connection path', connectionPathsOf);

/** The two ids of a new path. */
export function pathIds(
  { drawnShortIds }: Pick<Store, 'drawnShortIds'>,
  random: Random,
): Pick<ConnectionPath, 'id' | 'inodeId'> {
  const drawn = random.base62(22);
  const inodeId = random.uuid();
  return { id: drawnShortIds ? drawn : shortId(inodeId), inodeId };
}

export function addPath(store: Store, random: Random, order: number, connectionId: string): ConnectionPath {
  const schema = random.pick(['PUBLIC', 'SALES', 'Übersicht', 'raw "events"']);
  const path = ['ANALYTICS', schema, tableName(random, random.below(1000))];
  const made = {
    order,
    ...pathIds(store, random),
    connectionId,
    path: path.slice(0, 1 + random.below(3)),
  };
  connectionPathsOf(store).add(made);
  pathUrlIdsOf(store).set(made.inodeId, made.id);
  return made;
}

/** Takes the grants on a path away, before the path itself goes. */
export function dropPathGrants(store: Store, { inodeId }: ConnectionPath): void {
  connectionGrantsOf(store).deleteOf(inodeId);
}

/** Gives a member or team, chosen at random, a permission and returns the grant's id. */
export function grantOn(
  store: Store,
  random: Random,
  inodeId: string,
  inodeType: Grant['inodeType'],
  stamps: () => Stamps,
): string {
  const order = store.nextOrder();
  const given = stamps();
  const toTeam = teamsOf(store).size > 0 && random.next() < 0.5;
  const holders: readonly { readonly id: string }[] = (toTeam ? teamsOf : membersOf)(store).list.toArray();
  const holder = random.pick(holders);
  const grant = {
    ...{ order, inodeId, inodeType },
    id: random.uuid(),
    memberId: toTeam ? null : holder.id,
    teamId: toTeam ? holder.id : null,
    permission: random.pick(CONNECTION_PERMISSIONS),
    ...given,
  };
  connectionGrantsOf(store).add(grant);
  return grant.id;
}
