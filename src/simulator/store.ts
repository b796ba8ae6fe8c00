/**
 * The state of an organization and its indexes. Mutations live in the classes derived from it; entries are
 * rendered by `entries.ts`.
 */
import type { Folder, Grant, Member, Team, Workbook, Workspace } from './entities.ts';
import { type HasOrder, Ordered, Registry } from './ordered.ts';
import { hash, Random } from './random.ts';

/** Simulated time starts here; nothing depends on the wall clock. */
export const EPOCH = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;

/** Which workbooks a listing shows. */
export interface WorkbookFilter {
  readonly archived: boolean;
  /** `skipPermissionCheck` of an admin: also those in other people's My Documents. */
  readonly everyones: boolean;
  readonly tagged: boolean;
  readonly explorations: boolean;
}

/** State, indexes, ids and the logical clock. */
export class Store {
  readonly seed: number;
  readonly organizationId: string;
  /** Parent of all workspaces; itself not a file. */
  readonly rootId: string;
  /** Show fields newer than the specification (`owner` of a workbook) on some entries. */
  newerFields = true;
  readonly members = new Registry<Member>();
  readonly teams = new Registry<Team>();
  readonly workspaces = new Registry<Workspace>();
  readonly folders = new Registry<Folder>();
  readonly workbooks = new Registry<Workbook>();
  readonly grants = new Registry<Grant>();
  /** Source of every id made after generation and of every random choice of a mutation. */
  protected readonly random: Random;
  readonly #workbookLists = new Map<string, Ordered<Workbook>>();
  readonly #grantsBy = new Map<string, Ordered<Grant>>();
  readonly #homes = new Map<string, Member>();
  #owner: Member | undefined;
  readonly #childrenOf = new Map<string, Ordered<Folder | Workbook>>();
  #front = 0;
  #back = 0;
  #now = EPOCH + 270 * DAY;

  constructor(seed: number) {
    this.seed = seed;
    const random = new Random(seed, 'organization');
    this.organizationId = random.uuid();
    this.rootId = random.uuid();
    this.random = new Random(seed, 'mutations');
  }

  /** The member whose credentials the token acts for: the first one made, an admin. */
  get owner(): Member {
    if (this.#owner === undefined) throw new Error('the organization has no members');
    return this.#owner;
  }

  /** The logical clock: the time of the last mutation. */
  get now(): number {
    return this.#now;
  }

  /** Advances the clock by some seconds and returns the new time. */
  protected tick(): number {
    this.#now += 1000 + this.random.below(4000);
    return this.#now;
  }

  /** The next place in a listing: at its end, or at its front for entries that shift what follows. */
  nextOrder(front = false): number {
    return front ? --this.#front : ++this.#back;
  }

  insertMember(member: Member): void {
    this.#owner ??= member;
    this.members.add(member);
    this.#homes.set(member.homeFolderId, member);
  }

  insertFolder(folder: Folder): void {
    this.folders.add(folder);
    listOf(this.#childrenOf, folder.parentId).add(folder);
  }

  dropFolder(folder: Folder): void {
    this.folders.delete(folder);
    this.#childrenOf.get(folder.parentId)?.delete(folder);
  }

  insertWorkbook(workbook: Workbook): void {
    this.workbooks.add(workbook);
    if (isFile(workbook)) listOf(this.#childrenOf, workbook.parentId).add(workbook);
    this.#list(workbook);
  }

  dropWorkbook(workbook: Workbook): void {
    this.#unlist(workbook);
    this.workbooks.delete(workbook);
    this.#childrenOf.get(workbook.parentId)?.delete(workbook);
  }

  /** Moves a workbook between the archived and the ordinary listings. */
  markArchived(workbook: Workbook, archived: boolean): void {
    this.#unlist(workbook);
    workbook.archived = archived;
    this.#list(workbook);
  }

  insertGrant(grant: Grant): void {
    this.grants.add(grant);
    for (const id of [grant.memberId, grant.teamId, grant.inodeId])
      if (id !== null) listOf(this.#grantsBy, id).add(grant);
  }

  dropGrant(grant: Grant): void {
    this.grants.delete(grant);
    for (const id of [grant.memberId, grant.teamId, grant.inodeId])
      if (id !== null) this.#grantsBy.get(id)?.delete(grant);
  }

  /** Direct grants of a member, of a team, or on an inode; ids never collide between them. */
  grantsOf(id: string): Ordered<Grant> {
    return this.#grantsBy.get(id) ?? new Ordered();
  }

  workbooksWhere(filter: WorkbookFilter): Ordered<Workbook> {
    return this.#workbookList(filterKey(filter));
  }

  /** Workbooks `/v2/files` shows: what the token's owner can see, without tagged versions and explorations. */
  get fileWorkbooks(): Ordered<Workbook> {
    return this.#workbookList('files');
  }

  childFiles(parentId: string): Ordered<Folder | Workbook> {
    return this.#childrenOf.get(parentId) ?? new Ordered();
  }

  /** The member whose My Documents folder this is. */
  homeOwner(folderId: string): Member | undefined {
    return this.#homes.get(folderId);
  }

  isInode(id: string): boolean {
    return this.workbooks.get(id) !== undefined || this.isContainer(id);
  }

  /** True for what folders and workbooks can be in: a workspace, a folder, a member's My Documents. */
  isContainer(id: string): boolean {
    return [this.workspaces, this.folders, this.#homes].some((all) => all.get(id) !== undefined);
  }

  /** Folder, workspace or home folder that holds the object; undefined at the top. */
  parentOf(id: string): string | undefined {
    return this.workbooks.get(id)?.parentId ?? this.folders.get(id)?.parentId;
  }

  /** Some objects show optional and newer fields, others do not: a stable choice by id. */
  sometimes(id: string, one: number): boolean {
    return hash(this.seed, id, one) % one === 0;
  }

  #workbookList(key: string): Ordered<Workbook> {
    return listOf(this.#workbookLists, key);
  }

  #list(workbook: Workbook): void {
    for (const key of listKeys(workbook)) this.#workbookList(key).add(workbook);
  }

  #unlist(workbook: Workbook): void {
    for (const key of listKeys(workbook)) this.#workbookList(key).delete(workbook);
  }
}

function listOf<T extends HasOrder>(map: Map<string, Ordered<T>>, key: string): Ordered<T> {
  const known = map.get(key);
  if (known !== undefined) return known;
  const list = new Ordered<T>();
  map.set(key, list);
  return list;
}

/** Tagged versions and explorations are workbooks of the API but no files. */
export function isFile(workbook: Workbook): boolean {
  return !workbook.exploration && workbook.taggedFrom === undefined;
}

function filterKey(f: WorkbookFilter): string {
  return `${f.archived ? 'a' : '-'}${f.everyones ? 'e' : '-'}${f.tagged ? 't' : '-'}${f.explorations ? 'x' : '-'}`;
}

/** Every listing the workbook belongs to: kept ready so that a page is a slice. */
function listKeys(workbook: Workbook): string[] {
  const keys: string[] = [];
  const { archived } = workbook;
  const seenByOwner = !workbook.hidden && !workbook.exploration;
  for (const everyones of seenByOwner ? [true, false] : [true])
    for (const tagged of workbook.taggedFrom === undefined ? [true, false] : [true])
      for (const explorations of workbook.exploration ? [true] : [true, false])
        keys.push(filterKey({ archived, everyones, tagged, explorations }));
  if (seenByOwner && isFile(workbook)) keys.push('files');
  return keys;
}
