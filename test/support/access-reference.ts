/**
 * Access of each member, worked out naively from the entries of an organization: `effective_access` must agree with
 * it.
 */
import type { Organization } from '../../simulator/organization.ts';

type Entry = Readonly<Record<string, unknown>>;

/** Entries by stream, as the API gives them; tests may add to them and change them. */
export interface AccessEntries {
  readonly members: Entry[];
  readonly teams: Entry[];
  readonly team_members: Entry[];
  readonly files: Entry[];
  readonly workbooks: Entry[];
  readonly reports: Entry[];
  readonly data_models: Entry[];
  readonly datasets: Entry[];
  readonly workspaces: Entry[];
  readonly grants: Entry[];
}

/** One member's access to one object. Paths are JSON texts, sorted. */
export interface Access {
  readonly type: unknown;
  readonly permission: unknown;
  readonly paths: readonly string[];
}

/** The entries of all streams that access depends on. */
export function entriesOf(organization: Organization): AccessEntries {
  const truth = (stream: string): Entry[] => organization.truth(stream);
  return {
    members: truth('members'),
    teams: truth('teams'),
    team_members: truth('team_members'),
    files: truth('files'),
    workbooks: truth('workbooks'),
    reports: truth('reports'),
    data_models: truth('data_models'),
    datasets: truth('datasets'),
    workspaces: truth('workspaces'),
    grants: truth('grants'),
  };
}

const WEAKEST_FIRST = ['apply', 'view', 'annotate', 'explore', 'create', 'organize', 'edit'];

/** A path with its keys in one order, for comparison. */
export function pathText(path: Entry): string {
  return JSON.stringify(path, Object.keys(path).sort());
}

/** Access by `member object`: every member and every object, parent by parent. */
export function accessOf(entries: AccessEntries): Map<string, Access> {
  const files = new Map(entries.files.map((file) => [file['id'], file]));
  const isContainer = (id: unknown): boolean =>
    ['folder', 'workspace'].includes(String(files.get(id)?.['type']));
  const found = new Map<string, { type: unknown; paths: Map<string, Entry> }>();
  const give = (member: unknown, object: unknown, type: unknown, path: Entry): void => {
    const key = `${member} ${object}`;
    const access = found.get(key) ?? { type, paths: new Map() };
    access.paths.set(pathText(path), path);
    found.set(key, access);
  };

  /** The parent of a file, its parent, and so on; each once. */
  const above = (file: Entry): unknown[] => {
    const chain: unknown[] = [];
    for (let id = file['parentId']; id != null && !chain.includes(id); ) {
      chain.push(id);
      id = isContainer(id) ? files.get(id)?.['parentId'] : null;
    }
    return chain;
  };
  const chains = entries.files.map((file) => ({ file, chain: above(file) }));
  const archivedTeams = entries.teams
    .filter((team) => team['isArchived'] === true)
    .map((team) => team['teamId']);
  for (const grant of entries.grants) {
    const { grantId: grant_id, inodeId, memberId, teamId: team_id, permission } = grant;
    const via = memberId === null ? 'team' : 'direct';
    const receivers =
      memberId === null
        ? entries.team_members
            .filter((membership) => membership['teamId'] === team_id && !archivedTeams.includes(team_id))
            .map((membership) => membership['userId'])
        : [memberId];
    const path = { grant_id, permission, via, team_id };
    const type = files.get(inodeId)?.['type'] ?? grant['inodeType'];
    for (const receiver of receivers) {
      give(receiver, inodeId, type, { ...path, inherited_from: null, inherited_type: null });
      for (const { file, chain } of chains) {
        if (!chain.includes(inodeId)) continue;
        const inherited = { ...path, inherited_from: inodeId, inherited_type: type };
        give(receiver, file['id'], file['type'], inherited);
      }
    }
  }
  const owner = { grant_id: null, permission: 'edit', via: 'owner', team_id: null, inherited_from: null };
  for (const { ownerId, id, type } of entries.files)
    if (ownerId != null) give(ownerId, id, type, { ...owner, inherited_type: null });
  for (const { ownerId, workbookId } of entries.workbooks)
    if (ownerId != null) give(ownerId, workbookId, 'workbook', { ...owner, inherited_type: null });
  for (const { ownerId, reportId } of entries.reports)
    if (ownerId != null) give(ownerId, reportId, 'report', { ...owner, inherited_type: null });

  // Administrators see everything there is, and what is known from grants alone.
  const everything = new Map<unknown, unknown>(entries.files.map(({ id, type }) => [id, type]));
  const list = (all: readonly Entry[], id: string, type: unknown): void => {
    for (const entry of all)
      if (!everything.has(entry[id])) everything.set(entry[id], type ?? entry['inodeType']);
  };
  list(entries.workbooks, 'workbookId', 'workbook');
  list(entries.reports, 'reportId', 'report');
  list(entries.data_models, 'dataModelId', 'data-model');
  list(entries.datasets, 'datasetId', 'dataset');
  list(entries.workspaces, 'workspaceId', 'workspace');
  list(entries.grants, 'inodeId', undefined);
  for (const { memberId, memberType } of entries.members)
    if (String(memberType).toLowerCase() === 'admin')
      for (const [id, type] of everything)
        give(memberId, id, type, { ...owner, via: 'administrator', inherited_type: null });

  const active = new Set(entries.members.filter((m) => m['isArchived'] !== true).map((m) => m['memberId']));
  const result = new Map<string, Access>();
  for (const [key, { type, paths }] of found) {
    if (!active.has(key.split(' ')[0])) continue;
    const strengths = [...paths.values()].map((path) => WEAKEST_FIRST.indexOf(String(path['permission'])));
    const best = Math.max(...strengths);
    const permission = best < 0 ? [...paths.values()][0]?.['permission'] : WEAKEST_FIRST[best];
    result.set(key, { type, permission, paths: [...paths.keys()].sort() });
  }
  return result;
}
