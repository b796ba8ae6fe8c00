/** Fills a store with a seeded organization of exactly the sizes asked for. */
import type { Grant, Member, Stamps, Workbook } from './entities.ts';
import { generateAccess } from './generate-access.ts';
import { type DataSizes, fillReferences, generateData } from './generate-data.ts';
import {
  description,
  emailOf,
  folderName,
  personName,
  teamName,
  workbookTitle,
  workspaceName,
} from './store/names.ts';
import { Ordered } from './store/ordered.ts';
import { Random } from './store/random.ts';
import { EPOCH, isFile, type Store } from './store/store.ts';

/** Sizes of an organization; each is met exactly. */
export interface Sizes extends DataSizes {
  /** Workbooks the API can show: archived, private and tagged versions included, explorations not. */
  readonly workbooks: number;
  /** Members, archived and inactive ones included; at least 1, the owner of the credentials. */
  readonly members: number;
  readonly teams: number;
  readonly grants: number;
  readonly workspaces: number;
  readonly folders: number;
  /** Elements of all workbooks that are not archived; without it `elementsPerPage` decides. */
  readonly elements: number | undefined;
  /** Pages of each workbook; without it one to three. */
  readonly pagesPerWorkbook: number | undefined;
  readonly elementsPerPage: number;
  readonly archivedShare: number;
}

const DAY = 86_400_000;
const MEMBER_TYPES = ['admin', 'creator', 'explorer', 'viewer', 'viewer'] as const;
/** Permissions a grant on a document or folder can carry. */
export const PERMISSIONS = ['view', 'explore', 'organize', 'edit'] as const;

/** Generates people first, then what they own, then grants and what derived children refer to. */
export function generate(store: Store, sizes: Sizes): void {
  members(store, sizes);
  teams(store, sizes);
  folders(store, sizes);
  generateAccess(store);
  generateData(store, sizes);
  workbooks(store, sizes);
  grants(store, sizes);
  fillReferences(store);
}

/** Made in the first 200 days of simulated time and changed within 60 days. */
export function stampsBy(random: Random, by: string): Stamps {
  const createdAt = EPOCH + random.below(200 * DAY);
  return { createdBy: by, updatedBy: by, createdAt, updatedAt: createdAt + random.below(60 * DAY) };
}

/** A new member. The first of an organization owns the credentials and is an admin. */
export function makeMember(store: Store, random: Random, order: number, stamps: Stamps): Member {
  const number = store.members.size + 1;
  const { first, last } = personName(random);
  return {
    order,
    id: random.base62(28),
    firstName: first,
    lastName: last,
    email: emailOf(first, last, number),
    memberType: number === 1 ? 'admin' : random.pick(MEMBER_TYPES),
    userKind: number % 17 === 9 ? 'guest' : 'internal',
    homeFolderId: random.uuid(),
    profileImgUrl: random.next() < 0.3 ? `https://images.example.com/${number}.png` : null,
    // Both kinds are left out of a plain listing.
    archived: number % 11 === 6,
    inactive: number % 13 === 8,
    ...stamps,
  };
}

function members(store: Store, sizes: Sizes): void {
  const random = new Random(store.seed, 'members');
  for (let i = 0; i < Math.max(1, sizes.members); i++) {
    const member = makeMember(store, random, store.nextOrder(), stampsBy(random, ''));
    const by = store.members.list.at(0)?.id ?? member.id;
    store.insertMember({ ...member, createdBy: by, updatedBy: by });
  }
}

function teams(store: Store, sizes: Sizes): void {
  const random = new Random(store.seed, 'teams');
  const all = store.members.list.toArray();
  for (let i = 0; i < sizes.teams; i++) {
    const list = new Ordered<{ order: number; userId: string; isTeamAdmin: boolean; addedBy: string }>();
    const chosen = new Set<string>();
    // One team is empty and one is larger than a default page where the organization allows it.
    const size =
      i === 1 ? 0 : i === 0 ? Math.min(all.length, 120) : 1 + random.below(Math.min(all.length, 12));
    for (let n = 0; n < size; n++) {
      const userId = (i === 0 ? (all[n] ?? store.owner) : random.pick(all)).id;
      if (chosen.has(userId)) continue;
      chosen.add(userId);
      list.add({ order: store.nextOrder(), userId, isTeamAdmin: n === 0, addedBy: store.owner.id });
    }
    store.teams.add({
      order: store.nextOrder(),
      id: random.uuid(),
      name: teamName(random, i + 1),
      description: random.next() < 0.3 ? null : description(random),
      visibility: random.next() < 0.7 ? 'public' : 'private',
      members: list,
      ...stampsBy(random, random.pick(all).id),
    });
  }
}

function folders(store: Store, sizes: Sizes): void {
  const random = new Random(store.seed, 'folders');
  const all = store.members.list.toArray();
  const parents: string[] = [];
  for (let i = 0; i < sizes.workspaces; i++) {
    const id = random.uuid();
    store.workspaces.add({
      order: store.nextOrder(),
      id,
      urlId: random.base62(22),
      name: workspaceName(random, i + 1),
      ...stampsBy(random, random.pick(all).id),
    });
    parents.push(id);
  }
  for (let i = 0; i < sizes.folders; i++) {
    const ownerId = random.pick(all).id;
    const id = random.uuid();
    store.insertFolder({
      order: store.nextOrder(),
      id,
      urlId: random.base62(22),
      name: folderName(random),
      parentId: parents.length === 0 ? store.owner.homeFolderId : random.pick(parents),
      ownerId,
      ...stampsBy(random, ownerId),
    });
    parents.push(id);
  }
}

function workbooks(store: Store, sizes: Sizes): void {
  const random = new Random(store.seed, 'workbooks');
  const all = store.members.list.toArray();
  const others = all.slice(1);
  const parents = [...store.workspaces.list, ...store.folders.list].map((p) => p.id);
  const archivedAt = (i: number): boolean =>
    Math.floor((i + 1) * sizes.archivedShare) > Math.floor(i * sizes.archivedShare);
  const live = sizes.workbooks - Math.floor(sizes.workbooks * sizes.archivedShare);
  let liveSeen = 0;
  let previous: Workbook | undefined;
  for (let i = 0; i < sizes.workbooks; i++) {
    const archived = archivedAt(i);
    const tagged = i % 40 === 7 && !archived && previous !== undefined && !previous.archived;
    const hidden = !tagged && i % 13 === 5 && others.length > 0;
    const owner = hidden ? random.pick(others) : random.pick(all);
    const version = 1 + random.below(9);
    const pages = sizes.pagesPerWorkbook ?? 1 + random.below(3);
    let elements = pages * sizes.elementsPerPage;
    if (sizes.elements !== undefined && !archived) elements = shareOf(sizes.elements, live, liveSeen);
    if (!archived) liveSeen++;
    const workbook: Workbook = {
      order: store.nextOrder(),
      id: random.uuid(),
      urlId: random.base62(22),
      name: workbookTitle(random),
      parentId: hidden || parents.length === 0 ? owner.homeFolderId : random.pick(parents),
      ownerId: owner.id,
      description: random.next() < 0.4 ? description(random) : undefined,
      hidden,
      exploration: false,
      taggedFrom: undefined,
      tags: undefined,
      archived,
      version,
      baseVersion: version,
      pages,
      elements,
      ...stampsBy(random, owner.id),
    };
    const made = tagged && previous !== undefined ? tagVersion(store, workbook, previous, random) : workbook;
    store.insertWorkbook(made);
    previous = made.taggedFrom === undefined && !hidden ? made : undefined;
    if (i % 50 === 11) store.insertWorkbook(exploration(store, workbook, random));
  }
}

/** The part of `total` that falls to the n-th of `count`: uneven, so that pages differ, and exact in sum. */
function shareOf(total: number, count: number, n: number): number {
  const base = Math.floor(total / count);
  const even = base + (n < total % count ? 1 : 0);
  const partner = n % 2 === 0 ? n + 1 : n - 1;
  if (partner >= count || base < 2) return even;
  const shift = (n >> 1) % base;
  return even + (n % 2 === 0 ? shift : -shift);
}

/** Turns `workbook` into a tagged version of `source` and notes the tag on the source. */
function tagVersion(store: Store, workbook: Workbook, source: Workbook, random: Random): Workbook {
  const tag = {
    versionTagId: random.pick(store.tags.list.toArray()).id,
    sourceWorkbookVersion: source.version,
    taggedWorkbookId: workbook.id,
    taggedAt: source.updatedAt,
  };
  source.tags = [...(source.tags ?? []), tag];
  const { name, parentId, ownerId } = source;
  return { ...workbook, name, parentId, ownerId, taggedFrom: source.id };
}

/** An unsaved exploration of a workbook: listed only with skipPermissionCheck. */
function exploration(store: Store, of: Workbook, random: Random): Workbook {
  return {
    ...of,
    order: store.nextOrder(),
    id: random.uuid(),
    urlId: random.base62(22),
    name: `Exploration of ${of.name}`,
    exploration: true,
    tags: undefined,
    archived: false,
  };
}

function grants(store: Store, sizes: Sizes): void {
  if (sizes.grants === 0) return;
  const random = new Random(store.seed, 'grants');
  const people = store.members.list.toArray();
  const teamList = store.teams.list.toArray();
  const containers = [...store.workspaces.list, ...store.folders.list];
  const documents = store.workbooks.list.toArray().filter(isFile);
  const data = [...store.dataModels.list, ...store.datasets.list];
  const taken = new Set<string>();
  for (let made = 0, tries = 0; made < sizes.grants; tries++) {
    const onFolder = containers.length > 0 && (documents.length === 0 || random.next() < 0.25);
    const onData = data.length > 0 && random.next() < 0.1;
    const workbook = onFolder || onData ? undefined : random.pick(documents);
    const inodeId = workbook?.id ?? random.pick(onData ? data : containers).id;
    const team = teamList.length > 0 && random.next() < 0.4 ? random.pick(teamList) : undefined;
    const hidden = workbook?.hidden ?? store.datasets.get(inodeId)?.hidden ?? false;
    // The token's owner must not be given what is hidden from it.
    const member = random.pick(hidden && people.length > 1 ? people.slice(1) : people);
    const pair = `${inodeId}${team?.id ?? member.id}`;
    // One grant per object and person, unless more are asked for than there are pairs.
    if (taken.has(pair) && tries < sizes.grants * 20) continue;
    taken.add(pair);
    made++;
    const grant: Grant = {
      order: store.nextOrder(),
      id: random.uuid(),
      inodeId,
      inodeType: store.inodeTypeOf(inodeId),
      memberId: team === undefined ? member.id : null,
      teamId: team?.id ?? null,
      permission: random.pick(PERMISSIONS),
      ...stampsBy(random, store.owner.id),
    };
    store.grants.add(grant);
  }
}
