/** Entries exactly as the API gives them; the truth of a stream is made of the same ones. */
import type {
  Entry,
  Folder,
  Grant,
  Member,
  Membership,
  Stamps,
  Team,
  Workbook,
  Workspace,
} from './entities.ts';
import type { Store } from './store/store.ts';

/** An instant as the API writes it. */
export const iso = (ms: number): string => new Date(ms).toISOString();

/** The four fields of authorship that most entries have. */
export function stamps(s: Stamps): Entry {
  return {
    createdBy: s.createdBy,
    updatedBy: s.updatedBy,
    createdAt: iso(s.createdAt),
    updatedAt: iso(s.updatedAt),
  };
}

export function memberEntry(store: Store, member: Member): Entry {
  return {
    organizationId: store.organizationId,
    memberId: member.id,
    memberType: member.memberType,
    firstName: member.firstName,
    lastName: member.lastName,
    email: member.email,
    profileImgUrl: member.profileImgUrl,
    ...stamps(member),
    homeFolderId: member.homeFolderId,
    userKind: member.userKind,
    isArchived: member.archived,
    isInactive: member.inactive,
  };
}

export function teamEntry(team: Team): Entry {
  return {
    teamId: team.id,
    ...stamps(team),
    name: team.name,
    description: team.description,
    visibility: team.visibility,
    isArchived: false,
  };
}

export function membershipEntry(membership: Membership): Entry {
  const { userId, isTeamAdmin, addedBy } = membership;
  return { userId, isTeamAdmin, addedBy };
}

export function workspaceEntry(workspace: Workspace): Entry {
  return { workspaceId: workspace.id, name: workspace.name, ...stamps(workspace) };
}

/** The address of a workbook in the browser. */
export function workbookUrl({ name, urlId }: Workbook): string {
  return `https://app.sigmacomputing.com/example/workbook/${name.replace(/[^A-Za-z0-9]+/g, '-')}-${urlId}`;
}

export function workbookEntry(store: Store, workbook: Workbook): Entry {
  return {
    workbookId: workbook.id,
    workbookUrlId: workbook.urlId,
    ...stamps(workbook),
    name: workbook.name,
    url: workbookUrl(workbook),
    path: pathOf(store, workbook.parentId),
    latestVersion: workbook.version,
    ownerId: workbook.ownerId,
    isArchived: workbook.archived,
    ...(workbook.tags !== undefined && { tags: workbookTags(store, workbook) }),
    ...(workbook.description !== undefined && { description: workbook.description }),
    ...(store.newerFields && store.sometimes(workbook.id, 3) && { owner: ownerField(store, workbook) }),
  };
}

/** The tags of a workbook, as its entry and the listing of its own have them. */
export function workbookTags(store: Store, workbook: Workbook): Entry[] {
  return (workbook.tags ?? []).map((tag) => ({
    versionTagId: tag.versionTagId,
    name: store.tags.get(tag.versionTagId)?.name ?? '',
    sourceWorkbookVersion: tag.sourceWorkbookVersion,
    taggedWorkbookId: tag.taggedWorkbookId,
    workbookTaggedAt: iso(tag.taggedAt),
  }));
}

/** Newer than the specification: seen on some organizations only. */
function ownerField(store: Store, workbook: Workbook): Entry {
  const owner = store.members.get(workbook.ownerId);
  return {
    name: owner === undefined ? '' : `${owner.firstName} ${owner.lastName}`,
    email: owner?.email ?? '',
  };
}

/** A grant as `/v2/grants` shows it. */
export function grantEntry(store: Store, grant: Grant): Entry {
  return { ...plainGrantEntry(store, grant), inodeType: grant.inodeType };
}

/** A grant as the list of its own object shows it. */
export function plainGrantEntry(store: Store, grant: Grant): Entry {
  return {
    grantId: grant.id,
    inodeId: grant.inodeId,
    organizationId: store.organizationId,
    memberId: grant.memberId,
    teamId: grant.teamId,
    permission: grant.permission,
    ...stamps(grant),
  };
}

/** A workspace, folder or workbook as `/v2/files` shows it. */
export function fileEntry(store: Store, file: Workspace | Folder | Workbook): Entry {
  const parentId = 'parentId' in file ? file.parentId : store.rootId;
  const workbook = 'version' in file ? file : undefined;
  return {
    id: file.id,
    urlId: file.urlId,
    name: file.name,
    type: workbook !== undefined ? 'workbook' : 'parentId' in file ? 'folder' : 'workspace',
    parentId,
    parentUrlId: urlIdOf(store, parentId),
    permission: store.sometimes(file.id, 4) ? 'explore' : 'edit',
    path: pathOf(store, parentId),
    badge: store.sometimes(file.id, 9) ? 'endorsed' : null,
    isArchived: workbook?.archived ?? false,
    ...(workbook?.description !== undefined && { description: workbook.description }),
    ...('ownerId' in file && { ownerId: file.ownerId }),
    ...stamps(file),
  };
}

/**
 * Names of the folders above, joined. Renaming a workspace changes the path of all it holds although their
 * `updatedAt` does not move.
 */
export function pathOf(store: Store, parentId: string): string {
  const workspace = store.workspaces.get(parentId);
  if (workspace !== undefined) return workspace.name;
  const folder = store.folders.get(parentId);
  if (folder !== undefined) {
    const above = pathOf(store, folder.parentId);
    return above === '' ? folder.name : `${above}/${folder.name}`;
  }
  return store.homeOwner(parentId) === undefined ? '' : 'My Documents';
}

function urlIdOf(store: Store, id: string): string {
  return (
    store.workspaces.get(id)?.urlId ?? store.folders.get(id)?.urlId ?? id.replaceAll('-', '').slice(0, 22)
  );
}
