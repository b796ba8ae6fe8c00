/** Changes to workspaces, folders, workbooks and grants. Every id may be left out: then one is chosen. */
import type { DataModel, Dataset } from '../../data-entities.ts';
import type { Grant, Workbook } from '../../entities.ts';
import { PERMISSIONS } from '../../generate.ts';
import { folderName, workbookTitle, workspaceName } from '../../store/names.ts';
import { isFile } from '../../store/store.ts';
import { chosen, PeopleMutations, type Placement } from '../people/teams.ts';

/** What a new grant gives; whatever is left out is chosen. Exactly one of memberId and teamId may be named. */
export interface GrantRequest extends Placement {
  readonly inodeId?: string | undefined;
  readonly memberId?: string | undefined;
  readonly teamId?: string | undefined;
  readonly permission?: string | undefined;
}

/** Neither archived nor a tagged version nor an exploration. */
export const ordinary = (w: Workbook): boolean => isFile(w) && !w.archived;

/** Mutations of content and access, on top of those of people. */
export class ContentMutations extends PeopleMutations {
  renameWorkbook(id?: string, name?: string): string {
    const workbook = chosen(this.workbooks, id, this.random, ordinary);
    // The version keeps a random name from being the old one by chance.
    workbook.name = name ?? `${workbookTitle(this.random)} r${workbook.version}.${this.random.below(1e6)}`;
    this.touch(workbook);
    return workbook.id;
  }

  /** Publishes a version: `latestVersion` and `updatedAt` move and the elements change. */
  publishVersion(id?: string): string {
    const workbook = chosen(this.workbooks, id, this.random, ordinary);
    workbook.version++;
    this.touch(workbook);
    workbook.published = [...(workbook.published ?? []), workbook.updatedAt];
    return workbook.id;
  }

  /** Adds a workbook, of two pages and four elements where nothing is said, and returns its id. */
  addWorkbook(name?: string, placement: Placement = {}, size = { pages: 2, elements: 4 }): string {
    const parents = [...this.workspaces.list];
    const owner = this.owner;
    const workbook: Workbook = {
      order: this.nextOrder(placement.front),
      id: this.random.uuid(),
      urlId: this.random.base62(22),
      name: name ?? workbookTitle(this.random),
      parentId: parents.length === 0 ? owner.homeFolderId : this.random.pick(parents).id,
      ownerId: owner.id,
      description: undefined,
      hidden: false,
      exploration: false,
      taggedFrom: undefined,
      tags: undefined,
      archived: false,
      version: 1,
      baseVersion: 1,
      ...size,
      ...this.fresh(),
    };
    this.insertWorkbook(workbook);
    return workbook.id;
  }

  /** Deletes a workbook, its grants and its tagged versions. */
  deleteWorkbook(id?: string): string {
    const workbook = chosen(this.workbooks, id, this.random, isFile);
    this.tick();
    this.removeWorkbook(workbook);
    return workbook.id;
  }

  archiveWorkbook(id?: string): string {
    const workbook = chosen(this.workbooks, id, this.random, ordinary);
    this.markArchived(workbook, true);
    this.touch(workbook);
    return workbook.id;
  }

  unarchiveWorkbook(id?: string): string {
    const workbook = chosen(this.workbooks, id, this.random, (w) => w.archived);
    this.markArchived(workbook, false);
    this.touch(workbook);
    return workbook.id;
  }

  addWorkspace(name?: string, placement: Placement = {}): string {
    const id = this.random.uuid();
    this.workspaces.add({
      order: this.nextOrder(placement.front),
      id,
      urlId: this.random.base62(22),
      name: name ?? workspaceName(this.random, this.workspaces.size + 1),
      ...this.fresh(),
    });
    return id;
  }

  /** Renames a workspace: the paths below change, the `updatedAt` of what is below does not. */
  renameWorkspace(id?: string, name?: string): string {
    const workspace = chosen(this.workspaces, id, this.random);
    workspace.name = name ?? `${workspaceName(this.random, 1)} renamed ${this.random.below(1e6)}`;
    this.touch(workspace);
    return workspace.id;
  }

  /** Deletes a workspace with everything in it. Without an id only an empty one is chosen. */
  deleteWorkspace(id?: string): string {
    const isEmpty = (w: { id: string }): boolean =>
      this.childFiles(w.id).length === 0 && this.#dataIn(w.id).length === 0;
    const workspace = chosen(this.workspaces, id, this.random, isEmpty);
    this.tick();
    this.#empty(workspace.id);
    this.grants.deleteOf(workspace.id);
    this.workspaces.delete(workspace);
    return workspace.id;
  }

  addFolder(parentId?: string, name?: string, placement: Placement = {}): string {
    if (parentId !== undefined && !this.isContainer(parentId))
      throw new RangeError(`no workspace or folder has the id ${parentId}`);
    const id = this.random.uuid();
    this.insertFolder({
      order: this.nextOrder(placement.front),
      id,
      urlId: this.random.base62(22),
      name: name ?? folderName(this.random),
      parentId:
        parentId ??
        (this.workspaces.size === 0
          ? this.owner.homeFolderId
          : chosen(this.workspaces, undefined, this.random).id),
      ownerId: this.owner.id,
      ...this.fresh(),
    });
    return id;
  }

  /** Gives a member or team a permission on an inode. The inode's `updatedAt` does not move. */
  grant(request: GrantRequest = {}): string {
    const inodeId = request.inodeId ?? this.#anyInode();
    if (!this.isInode(inodeId)) throw new RangeError(`nothing has the id ${inodeId}`);
    if (request.teamId !== undefined && request.memberId !== undefined)
      throw new RangeError('a grant goes to a member or to a team, not to both');
    const byChance = request.memberId === undefined && this.teams.size > 0 && this.random.next() < 0.3;
    const toTeam = request.teamId !== undefined || byChance;
    const team = toTeam ? chosen(this.teams, request.teamId, this.random) : undefined;
    // Nothing hidden is ever granted to the token's owner by chance.
    const able = (m: { id: string }): boolean => this.members.size === 1 || m.id !== this.owner.id;
    const member = team === undefined ? chosen(this.members, request.memberId, this.random, able) : undefined;
    const grant: Grant = {
      order: this.nextOrder(request.front),
      id: this.random.uuid(),
      inodeId,
      inodeType: this.inodeTypeOf(inodeId),
      memberId: member?.id ?? null,
      teamId: team?.id ?? null,
      permission: request.permission ?? this.random.pick(PERMISSIONS),
      ...this.fresh(),
    };
    this.grants.add(grant);
    return grant.id;
  }

  /** Takes a grant away. The inode's `updatedAt` does not move. */
  revoke(id?: string): string {
    const grant = chosen(this.grants, id, this.random);
    this.tick();
    this.grants.delete(grant);
    return grant.id;
  }

  /** Gives a grant another permission; the grant's `updatedAt` moves, the inode's does not. */
  changePermission(id?: string, permission?: string): string {
    const grant = chosen(this.grants, id, this.random);
    grant.permission =
      permission ?? this.random.pick(PERMISSIONS.filter((known) => known !== grant.permission));
    this.touch(grant);
    return grant.id;
  }

  /** Mostly a workbook, sometimes a workspace, data model or dataset. */
  #anyInode(): string {
    const roll = this.random.next();
    if (roll < 0.08 && this.workspaces.size > 0) return chosen(this.workspaces, undefined, this.random).id;
    if (roll < 0.16 && this.dataModels.size > 0) return chosen(this.dataModels, undefined, this.random).id;
    if (roll < 0.2 && this.datasets.size > 0) return chosen(this.datasets, undefined, this.random).id;
    return chosen(this.workbooks, undefined, this.random, ordinary).id;
  }

  /** Deletes a workbook with its tagged versions and grants, and the tag that made it. */
  protected removeWorkbook(workbook: Workbook): void {
    for (const tag of workbook.tags ?? []) {
      const copy = this.workbooks.get(tag.taggedWorkbookId);
      if (copy !== undefined) this.removeWorkbook(copy);
    }
    const source = workbook.taggedFrom === undefined ? undefined : this.workbooks.get(workbook.taggedFrom);
    if (source !== undefined) this.#untag(source, workbook.id);
    this.grants.deleteOf(workbook.id);
    this.dropWorkbook(workbook);
  }

  /** Takes a tag off a workbook with the version it made. */
  protected removeTagged(source: Workbook, taggedWorkbookId: string): void {
    const copy = this.workbooks.get(taggedWorkbookId);
    if (copy !== undefined) this.removeWorkbook(copy);
    else this.#untag(source, taggedWorkbookId);
  }

  #untag(source: Workbook, taggedWorkbookId: string): void {
    const left = (source.tags ?? []).filter((tag) => tag.taggedWorkbookId !== taggedWorkbookId);
    source.tags = left.length === 0 ? undefined : left;
  }

  #empty(parentId: string): void {
    for (const file of this.childFiles(parentId).toArray()) {
      if ('version' in file) this.removeWorkbook(file);
      else {
        this.#empty(file.id);
        this.grants.deleteOf(file.id);
        this.dropFolder(file);
      }
    }
    for (const one of this.#dataIn(parentId)) {
      this.grants.deleteOf(one.id);
      if ('tags' in one) this.dataModels.delete(one);
      else this.datasets.delete(one);
    }
  }

  #dataIn(parentId: string): (DataModel | Dataset)[] {
    const all = [...this.dataModels.list, ...this.datasets.list];
    return all.filter((one) => one.parentId === parentId);
  }
}
