/** Grants: who may do what with which object. */
import { Refusal } from '../../http/answer.ts';
import { type Call, param } from '../../http/endpoint.ts';
import { type Listing, listing } from '../../http/listing.ts';
import { flag } from '../../http/query.ts';
import { type Entry, stampsBy } from '../../store/entry.ts';
import { addedInFront, concatenated, type Identified, type Registry } from '../../store/ordered.ts';
import type { Store } from '../../store/store.ts';
import { deletion, type Mutation, mutation, requestedMutation } from '../mutation.ts';
import { dataModelsOf, datasetsOf } from '../shared/data-documents.ts';
import { PERMISSIONS } from '../shared/file-entries.ts';
import { grantEntry, sentGrant, sentGrants } from '../shared/grant-entries.ts';
import { type Grant, type GrantBook, grantsOf } from '../shared/grants.ts';
import { membersOf, teamsOf } from '../shared/people.ts';
import { foldersOf, isPlace, workspacesOf } from '../shared/places.ts';
import { reportsOf } from '../shared/report-table.ts';
import { isFile, isOrdinary, workbooksOf } from '../shared/workbook-table.ts';
import { PAGED_ESCAPED, type Stream } from '../stream.ts';

const FILTERS = ['inodeId', 'teamId', 'userId'] as const;

/** Tables of documents, and of their containers. */
const DOCUMENTS = [workbooksOf, reportsOf, dataModelsOf, datasetsOf] as const;

function isInode(store: Store, id: string): boolean {
  return DOCUMENTS.some((table) => table(store).get(id) !== undefined) || isPlace(store, id);
}

/** Folder, workspace or home folder that holds the object; undefined at the top. */
export function parentOf(store: Store, id: string): string | undefined {
  for (const table of [...DOCUMENTS, foldersOf]) {
    const found = table(store).get(id);
    if (found !== undefined) return found.parentId;
  }
  return undefined;
}

/** The API's name for the type of an object. A workspace is a folder to it. */
function inodeTypeOf(store: Store, id: string): Grant['inodeType'] {
  if (workbooksOf(store).get(id) !== undefined) return 'workbook';
  if (reportsOf(store).get(id) !== undefined) return 'report';
  if (dataModelsOf(store).get(id) !== undefined) return 'data-model';
  return datasetsOf(store).get(id) === undefined ? 'folder' : 'dataset';
}

function render(store: Store, grant: Grant): Entry {
  return { ...grantEntry(store, grant), inodeType: grant.inodeType };
}

/**
 * Direct grants; those on the folders and workspace above as well where an inode is asked for without
 * `directGrantsOnly`. For teams and members it is not known whether Sigma expands inherited ones: here it doesn't.
 */
function list(call: Call): Listing {
  const { store, query } = call;
  const { by, id } = filterOf(call);
  const grants = grantsOf(store);
  const lists = [grants.of(id)];
  const inherits = by === 'inodeId' && !flag(query, 'directGrantsOnly');
  let above = inherits ? parentOf(store, id) : undefined;
  for (; above !== undefined; above = parentOf(store, above)) lists.push(grants.of(above));
  return listing(concatenated(lists), (grant) => render(store, grant));
}

/** Sigma's reference says "you can specify one of"; none or several are refused here. */
function filterOf({ store, views, query }: Call): {
  readonly by: (typeof FILTERS)[number];
  readonly id: string;
} {
  const [by, ...others] = FILTERS.filter((name) => query.has(name));
  if (by === undefined || others.length > 0)
    throw new Refusal(400, 'give exactly one of inodeId, teamId and userId');
  const id = query.get(by) ?? '';
  const holders = by === 'teamId' ? teamsOf : membersOf;
  const exists = by === 'inodeId' ? isInode(store, id) : holders(store).get(id) !== undefined;
  if (!exists) throw new Refusal(404, `nothing has the ${by} ${id}`);
  if (by === 'inodeId' && views.lost(id)) throw new Refusal(403, 'no access to this object');
  return { by, id };
}

function shift(call: Call, remove: boolean): void {
  const { store } = call;
  const { by, id } = filterOf(call);
  const added = remove ? addedInFront(grantsOf(store).of(id)) : undefined;
  if (added !== undefined) mutations.revoke.run(store, { id: added.id });
  else mutations.grant.run(store, { [by === 'userId' ? 'memberId' : by]: id, front: true });
}

function get(call: Call): Entry {
  const grant = grantsOf(call.store).get(param(call, 'grantId'));
  if (grant === undefined) throw new Refusal(404, 'grant not found');
  return sentGrant(call, render(call.store, grant), 'shortGrantIds');
}

function make(store: Store): void {
  if (store.sizes.grants === 0) return;
  const random = store.generator('grants');
  const people = membersOf(store).list.toArray();
  const teamList = teamsOf(store).list.toArray();
  const containers = [...workspacesOf(store).list, ...foldersOf(store).list];
  const documents = workbooksOf(store).list.toArray().filter(isFile);
  const data = [...dataModelsOf(store).list, ...datasetsOf(store).list];
  const taken = new Set<string>();
  for (let made = 0, tries = 0; made < store.sizes.grants; tries++) {
    const onFolder = containers.length > 0 && (documents.length === 0 || random.next() < 0.25);
    const onData = data.length > 0 && random.next() < 0.1;
    const workbook = onFolder || onData ? undefined : random.pick(documents);
    const inodeId = workbook?.id ?? random.pick(onData ? data : containers).id;
    const team = teamList.length > 0 && random.next() < 0.4 ? random.pick(teamList) : undefined;
    const found = workbook ?? datasetsOf(store).get(inodeId) ?? dataModelsOf(store).get(inodeId);
    const hidden = found?.hidden ?? false;
    // The token's owner must not be given what is hidden from it.
    const member = random.pick(hidden && people.length > 1 ? people.slice(1) : people);
    const pair = `${inodeId}${team?.id ?? member.id}`;
    // One grant per object and person, unless more are asked for than there are pairs.
    if (taken.has(pair) && tries < store.sizes.grants * 20) continue;
    taken.add(pair);
    made++;
    grantsOf(store).add({
      order: store.nextOrder(),
      id: random.uuid(),
      inodeId,
      inodeType: inodeTypeOf(store, inodeId),
      memberId: team === undefined ? member.id : null,
      teamId: team?.id ?? null,
      permission: random.pick(PERMISSIONS),
      ...stampsBy(random, store.ownerId),
    });
  }
}

/** Mostly a workbook, sometimes a workspace, data model, dataset or report. */
function anyInode(store: Store): string {
  const roll = store.random.next();
  const any = <T extends Identified>(table: Registry<T>): string => store.chosen(table, undefined).id;
  if (roll < 0.08 && workspacesOf(store).size > 0) return any(workspacesOf(store));
  if (roll < 0.16 && dataModelsOf(store).size > 0) return any(dataModelsOf(store));
  if (roll < 0.2 && datasetsOf(store).size > 0) return any(datasetsOf(store));
  if (roll < 0.26 && reportsOf(store).size > 0) return store.chosen(reportsOf(store), undefined, isFile).id;
  return store.chosen(workbooksOf(store), undefined, isOrdinary).id;
}

/** Gives a grant another permission; the grant's `updatedAt` moves, the object's does not. */
export function changingPermission(
  chance: number,
  grants: (store: Store) => GrantBook,
  permissions: readonly string[],
): Mutation<(store: Store, id?: string, permission?: string) => string> {
  return mutation(chance, ['id', 'permission'], (store, id, permission) => {
    const grant = store.chosen(grants(store), id);
    const others = permissions.filter((known) => known !== grant.permission);
    grant.permission = permission ?? store.random.pick(others);
    store.touch(grant);
    return grant.id;
  });
}

const mutations = {
  /**
   * Gives a member or team a permission on an inode, whose `updatedAt` does not move. Missing parts are chosen at
   * random. Exactly one of memberId and teamId may be named.
   */
  grant: requestedMutation(
    3,
    ['inodeId', 'memberId', 'teamId', 'permission', 'front'],
    (store, request = {}) => {
      const { random } = store;
      const inodeId = request.inodeId ?? anyInode(store);
      if (!isInode(store, inodeId)) throw new RangeError(`nothing has the id ${inodeId}`);
      if (request.teamId !== undefined && request.memberId !== undefined)
        throw new RangeError('a grant goes to a member or to a team, not to both');
      const members = membersOf(store);
      const teams = teamsOf(store);
      const byChance = request.memberId === undefined && teams.size > 0 && random.next() < 0.3;
      const toTeam = request.teamId !== undefined || byChance;
      const team = toTeam ? store.chosen(teams, request.teamId) : undefined;
      // Nothing hidden is ever granted to the token's owner by chance.
      const able = ({ id }: { id: string }): boolean => members.size === 1 || id !== store.ownerId;
      const member = toTeam ? undefined : store.chosen(members, request.memberId, able);
      const grant: Grant = {
        order: store.nextOrder(request),
        id: random.uuid(),
        inodeId,
        inodeType: inodeTypeOf(store, inodeId),
        memberId: member?.id ?? null,
        teamId: team?.id ?? null,
        permission: request.permission ?? random.pick(PERMISSIONS),
        ...store.fresh(),
      };
      grantsOf(store).add(grant);
      return grant.id;
    },
  ),
  /** Takes a grant away. The inode's `updatedAt` does not move. */
  revoke: { ...deletion(grantsOf), chance: 2 },
  changePermission: changingPermission(2, grantsOf, PERMISSIONS),
};

export const grants = {
  endpoints: [
    sentGrants({ path: '/v2/grants', ...PAGED_ESCAPED, list, shift }, 'shortGrantIds'),
    { path: '/v2/grants/{grantId}', get },
  ],
  *truth(store) {
    for (const grant of grantsOf(store).list) yield render(store, grant);
  },
  make,
  mutations,
  tables: { grants: grantsOf },
} satisfies Stream;
