/**
 * The state of an organization and its indexes. Mutations live in the classes derived from it; entries are
 * rendered by `entries.ts`.
 */

import type {
  AccountType,
  AllowedIp,
  Template,
  Tenant,
  Translation,
  UserAttribute,
  VersionTag,
} from '../access-entities.ts';
import type { Connection, ConnectionPath, DataModel, Dataset } from '../data-entities.ts';
import type { Folder, Grant, Member, Team, Workbook, Workspace } from '../entities.ts';
import { AddedContent } from '../streams/shared/added-content.ts';
import { Contents, type PageContent, rootOf, type Versioned } from '../streams/shared/contents.ts';
import { GrantBook } from '../streams/shared/grants.ts';
import { MemberFiles } from '../streams/shared/member-files.ts';
import { References } from '../streams/shared/references.ts';
import { Revisions } from '../streams/shared/revisions.ts';
import { type HasOrder, Ordered, Registry } from './ordered.ts';
import { hash, Random } from './random.ts';

/** Simulated time starts here unless told otherwise; nothing depends on the wall clock. */
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
  readonly connections = new Registry<Connection>();
  readonly connectionPaths = new Registry<ConnectionPath>();
  readonly dataModels = new Registry<DataModel>();
  readonly datasets = new Registry<Dataset>();
  readonly tags = new Registry<VersionTag>();
  readonly templates = new Registry<Template>();
  readonly translations = new Registry<Translation>();
  readonly userAttributes = new Registry<UserAttribute>();
  readonly accountTypes = new Registry<AccountType>();
  readonly tenants = new Registry<Tenant>();
  readonly allowedIps = new Registry<AllowedIp>();
  readonly grants = new GrantBook();
  /** Grants on connections and their paths, which have lists of their own and are not among `grants`. */
  readonly connectionGrants = new GrantBook();
  /** How often derived children changed without their parent showing it. */
  readonly revisions = new Revisions();
  /** What derived children refer to; it never changes, since they must not change unseen. */
  readonly references = new References();
  readonly memberFiles: MemberFiles;
  /** Elements with data of their own, beside those derived from the seed. */
  readonly added = new AddedContent();
  /** Source of every id made after generation and of every random choice of a mutation. */
  protected readonly random: Random;
  readonly #workbookLists = new Map<string, Ordered<Workbook>>();
  readonly #homes = new Map<string, Member>();
  #owner: Member | undefined;
  readonly #childrenOf = new Map<string, Ordered<Folder | Workbook>>();
  #front = 0;
  #back = 0;
  readonly #contents: Contents;
  #now: number;

  /** @param now where the logical clock starts, in milliseconds since 1970. */
  constructor(seed: number, now = EPOCH + 270 * DAY) {
    this.seed = seed;
    this.#now = now;
    this.#contents = new Contents(seed);
    this.memberFiles = new MemberFiles(seed, now, this.references);
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

  /** The logical clock: the time of the last mutation, or what `advance` made it. */
  get now(): number {
    return this.#now;
  }

  /** Advances the clock by some seconds and returns the new time. */
  protected tick(): number {
    this.#now += 1000 + this.random.below(4000);
    return this.#now;
  }

  /** Moves the clock forward and returns the new time. @throws RangeError for a step back. */
  protected advanceClock(ms: number): number {
    if (!(ms >= 0)) throw new RangeError('the clock goes forward only');
    this.#now += Math.floor(ms);
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

  /** Direct grants of a member, of a team, or on an inode; ids never collide between them. */
  grantsOf(id: string): Ordered<Grant> {
    return this.grants.of(id);
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
    const { workbooks, dataModels, datasets } = this;
    return [workbooks, dataModels, datasets].some((all) => all.get(id) !== undefined) || this.isContainer(id);
  }

  /** A workspace, folder or workbook that `/v2/files` knows. */
  fileOf(id: string): Workspace | Folder | Workbook | undefined {
    const workbook = this.workbooks.get(id);
    if (workbook !== undefined) return isFile(workbook) ? workbook : undefined;
    return this.workspaces.get(id) ?? this.folders.get(id);
  }

  /** Pages and elements of a workbook or data model. */
  contentOf(parent: Versioned): readonly PageContent[] {
    return this.added.into(rootOf(parent), this.#contents.of(parent));
  }

  /** What `/v2/grants` calls the type of an object. A workspace is a folder to it. */
  inodeTypeOf(id: string): Grant['inodeType'] {
    if (this.workbooks.get(id) !== undefined) return 'workbook';
    if (this.dataModels.get(id) !== undefined) return 'data-model';
    return this.datasets.get(id) === undefined ? 'folder' : 'dataset';
  }

  /** True for what folders and workbooks can be in: a workspace, a folder, a member's My Documents. */
  isContainer(id: string): boolean {
    return [this.workspaces, this.folders, this.#homes].some((all) => all.get(id) !== undefined);
  }

  /** Folder, workspace or home folder that holds the object; undefined at the top. */
  parentOf(id: string): string | undefined {
    const { workbooks, folders, dataModels, datasets } = this;
    for (const all of [workbooks, folders, dataModels, datasets]) {
      const found = all.get(id);
      if (found !== undefined) return found.parentId;
    }
    return undefined;
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
