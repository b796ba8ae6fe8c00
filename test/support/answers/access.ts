/** Models about access, worked out naively. */
import { type Access, accessOf } from '../access-reference.ts';
import { above } from './content.ts';
import { externals } from './people.ts';
import { type Entry, grouped, nameOf, type Row, type Seen } from './seen.ts';

const WEAKEST_FIRST = ['apply', 'view', 'annotate', 'explore', 'create', 'organize', 'edit'];
const strength = (permission: unknown): number => WEAKEST_FIRST.indexOf(String(permission));

/** Access by `member object`. */
export function access(seen: Seen): Map<string, Access> {
  return accessOf({
    members: seen.live('members'),
    teams: seen.live('teams'),
    team_members: seen.live('team_members'),
    files: seen.live('files'),
    workbooks: seen.live('workbooks'),
    reports: seen.live('reports'),
    data_models: seen.live('data_models'),
    datasets: seen.live('datasets'),
    workspaces: seen.live('workspaces'),
    grants: seen.live('grants'),
  });
}

/** Everything that is listed, each once, by its id. */
function objects(seen: Seen): Map<unknown, Entry> {
  const found = new Map<unknown, Entry>();
  const add = (entries: readonly Entry[], id: string, kind?: string): void => {
    for (const entry of entries)
      if (!found.has(entry[id])) found.set(entry[id], { ...entry, kind: kind ?? entry['type'] });
  };
  add(seen.live('files'), 'id');
  add(seen.live('workbooks'), 'workbookId', 'workbook');
  add(seen.live('reports'), 'reportId', 'report');
  add(seen.live('workspaces'), 'workspaceId', 'workspace');
  add(seen.live('data_models'), 'dataModelId', 'data-model');
  const datasets = seen.live('datasets').map((one): Entry => ({ ...one, ownerId: one['owner'] }));
  add(datasets, 'datasetId', 'dataset');
  return found;
}

/** `access_matrix`; paths as sorted texts. */
export function matrix(seen: Seen, all: ReadonlyMap<string, Access>): Row[] {
  const members = seen.by('members', 'memberId');
  const listed = objects(seen);
  return [...all].map(([key, { type, permission, paths }]) => {
    const [memberId, inodeId] = key.split(' ');
    const object = listed.get(inodeId);
    return {
      member_id: memberId,
      member_name: nameOf(members.get(memberId)),
      email: members.get(memberId)?.['email'],
      inode_id: inodeId,
      type,
      name: object?.['name'] ?? null,
      folder_path: object?.['path'] ?? null,
      is_archived: object?.['isArchived'] === true,
      permission,
      can_edit: permission === 'edit',
      paths,
    };
  });
}

/** `why_access` of a member and an object, the strongest first; else in no order. */
export function why(seen: Seen, { paths }: Pick<Access, 'paths'>): Row[] {
  return paths.map((text) => {
    const path = JSON.parse(text) as Row;
    const from = path['inherited_from'];
    const folder = seen.ever('files').get(from) ?? seen.ever('workspaces').get(from);
    return {
      permission: path['permission'],
      via: path['via'],
      team_id: path['team_id'],
      team_name: seen.ever('teams').get(path['team_id'])?.entry['name'] ?? null,
      inherited_from: from,
      inherited_name: folder?.entry['name'] ?? null,
      inherited_type: path['inherited_type'],
      grant_id: path['grant_id'],
    };
  });
}

/** `access_exposure`. */
export function exposure(
  seen: Seen,
  all: ReadonlyMap<string, Access>,
  internalDomains: readonly string[],
): Row[] {
  const outside = new Set(externals(seen, internalDomains).map((row) => row['member_id']));
  const everybody = seen.live('members').filter((member) => member['isArchived'] === false).length;
  const reach = Map.groupBy(all, ([key]) => key.split(' ')[1]);
  const grants = grouped(seen.live('grants'), 'inodeId');
  const embeds = grouped(
    seen.live('workbook_embeds').filter((embed) => embed['public'] === true),
    'workbookId',
  );
  return [...objects(seen)].map(([id, object]) => {
    const seers = reach.get(String(id)) ?? [];
    const own = grants(id);
    return {
      inode_id: id,
      type: object['kind'],
      name: object['name'],
      folder_path: object['path'] ?? null,
      owner_id: object['ownerId'] ?? null,
      is_archived: object['isArchived'] === true,
      viewers: seers.length,
      editors: seers.filter(([, { permission }]) => permission === 'edit').length,
      external_viewers: seers.filter(([key]) => outside.has(key.split(' ')[0])).length,
      administrators: seers.filter(([, { paths }]) => paths.every((path) => path.includes('"administrator"')))
        .length,
      everyone: seers.length > 0 && seers.length === everybody,
      member_grants: own.filter((grant) => grant['memberId'] !== null).length,
      team_grants: own.filter((grant) => grant['teamId'] !== null).length,
      public_embeds: embeds(id).length,
    };
  });
}

/** `direct_grants`. */
export function direct(seen: Seen): Row[] {
  const listed = objects(seen);
  const files = seen.by('files', 'id');
  const members = seen.by('members', 'memberId');
  const archived = new Set(
    seen.live('teams').flatMap((team) => (team['isArchived'] ? [team['teamId']] : [])),
  );
  return seen.live('grants').flatMap((grant) => {
    const { grantId, memberId, inodeId, permission } = grant;
    const member = members.get(memberId);
    if (member === undefined || member['isArchived'] === true) return [];
    const object = listed.get(inodeId);
    const places = [inodeId, ...above(files, object?.['parentId']).map(({ id }) => id), object?.['parentId']];
    const teams = seen
      .live('team_members')
      .filter((one) => one['userId'] === memberId && !archived.has(one['teamId']))
      .map((one) => one['teamId']);
    const byTeams = seen
      .live('grants')
      .filter(
        (one) => one['teamId'] !== null && teams.includes(one['teamId']) && places.includes(one['inodeId']),
      )
      .map((one) => strength(one['permission']));
    const best = byTeams.length === 0 ? undefined : Math.max(...byTeams);
    return [
      {
        grant_id: grantId,
        member_id: memberId,
        inode_id: inodeId,
        inode_type: files.get(inodeId)?.['type'] ?? grant['inodeType'],
        name: object?.['name'] ?? null,
        permission,
        team_permission: WEAKEST_FIRST[best ?? -1] ?? null,
        verdict:
          best === undefined ? 'only way' : best >= strength(permission) ? 'redundant' : 'more than the team',
        created_at: grant['createdAt'],
      },
    ];
  });
}

/** The changes of access that a sync has to find, without the time and the run: the differences between two looks. */
export function changes(before: Snapshot, seen: Seen): Row[] {
  const nameOfObject = (grant: Entry): unknown =>
    (['files', 'workspaces', 'workbooks', 'reports', 'data_models', 'datasets', 'connections'] as const)
      .map((stream) => seen.ever(stream).get(idOfObject(grant))?.entry['name'])
      .find((name) => name !== undefined && name !== null) ??
    [...seen.ever('connection_paths').values()]
      .filter(({ entry }) => entry['urlId'] === grant['connectionPathId'])
      .map(({ entry }) => (entry['path'] as string[]).join('.'))[0] ??
    null;
  const row = (change: string, holder: Entry, more: Row): Row => ({
    change,
    member_id: holder['memberId'] ?? null,
    member_name: nameOf(seen.ever('members').get(holder['memberId'])?.entry),
    team_id: holder['teamId'] ?? null,
    team_name: seen.ever('teams').get(holder['teamId'])?.entry['name'] ?? null,
    ...{ inode_id: null, inode_name: null, permission_before: null, permission_after: null, grant_id: null },
    ...more,
  });
  const after = snapshot(seen);
  const rows: Row[] = [];
  for (const id of new Set([...before.grants.keys(), ...after.grants.keys()])) {
    const [was, is] = [before.grants.get(id), after.grants.get(id)];
    if (was?.['permission'] === is?.['permission']) continue;
    const grant = is ?? was ?? {};
    rows.push(
      row(was === undefined ? 'given' : is === undefined ? 'taken away' : 'changed', grant, {
        ...{ inode_id: idOfObject(grant), inode_name: nameOfObject(grant), grant_id: id },
        ...{ permission_before: was?.['permission'] ?? null, permission_after: is?.['permission'] ?? null },
      }),
    );
  }
  const membership = (entry: Entry): Entry => ({ teamId: entry['teamId'], memberId: entry['userId'] });
  for (const [key, entry] of after.memberships)
    if (!before.memberships.has(key)) rows.push(row('joined', membership(entry), {}));
  for (const [key, entry] of before.memberships)
    if (!after.memberships.has(key)) rows.push(row('left', membership(entry), {}));
  for (const teamId of before.teams)
    if (!after.teams.has(teamId)) rows.push(row('team deleted', { teamId }, {}));
  return rows;
}

function idOfObject(grant: Entry): unknown {
  return grant['connectionId'] ?? grant['inodeId'];
}

/** One side of `changes`. */
export interface Snapshot {
  readonly grants: ReadonlyMap<unknown, Entry>;
  readonly memberships: ReadonlyMap<unknown, Entry>;
  readonly teams: ReadonlySet<unknown>;
}

export function snapshot(seen: Seen): Snapshot {
  return {
    grants: new Map(
      (['connection_path_grants', 'connection_grants', 'grants'] as const).flatMap((stream) => [
        ...seen.by(stream, 'grantId'),
      ]),
    ),
    memberships: new Map(seen.live('team_members').map((one) => [`${one['teamId']}/${one['userId']}`, one])),
    teams: new Set(seen.live('teams').map((one) => one['teamId'])),
  };
}
