import { describe, expect, test } from 'vitest';
import type { Entry } from '../../../src/simulator/entities.ts';
import { createOrganization, type Organization } from '../../../src/simulator/organization.ts';
import { STREAMS, type TruthStream } from '../../../src/simulator/truth.ts';
import { sorted } from './api.ts';

const make = (): Organization => createOrganization({ seed: 4, workbooks: 80, elements: 900 });

function find(o: Organization, stream: string, key: string, id: string): Entry | undefined {
  return o.truth(stream).find((entry) => entry[key] === id);
}

/** A workbook that the files show too. */
function visible(o: Organization): string {
  return String(o.truth('files').find((f) => f['type'] === 'workbook' && f['isArchived'] === false)?.['id']);
}

const GRANTED_WORKSPACE = ['workspaces', 'files', 'grants', 'workspace_grants'];
const memberId = (o: Organization): string => String(o.truth('members')[3]?.['memberId']);
const folderId = (o: Organization): string => o.addFolder(undefined, 'Starred');

function grantId(o: Organization, inodeType: string): string {
  return String(find(o, 'grants', 'inodeType', inodeType)?.['grantId']);
}

/** Streams whose truth a change altered. */
function altered(o: Organization, change: (o: Organization) => unknown): string[] {
  const before = STREAMS.map((stream) => sorted(o.truth(stream)).join('\n'));
  change(o);
  return STREAMS.filter((stream, i) => sorted(o.truth(stream)).join('\n') !== before[i]);
}

test('sizes are met exactly', () => {
  const o = createOrganization({ workbooks: 333, members: 71, teams: 9, grants: 800, elements: 2500 });
  expect(
    ['workbooks', 'members', 'teams', 'grants', 'workbook_elements'].map((s) => o.truth(s).length),
  ).toEqual([333, 71, 9, 800, 2500]);
});

test('the same seed and changes give the same organization', () => {
  const truth = (seed: number): string => {
    const o = createOrganization({ seed });
    o.mutate(100);
    return JSON.stringify(STREAMS.map((stream) => o.truth(stream)));
  };
  expect(truth(1)).toBe(truth(1));
  expect(truth(1)).not.toBe(truth(2));
});

/** The fields that identify an entry. */
const KEYS: Readonly<Record<TruthStream, readonly string[]>> = {
  organization: ['organizationId'],
  members: ['memberId'],
  teams: ['teamId'],
  team_members: ['teamId', 'userId'],
  workspaces: ['workspaceId'],
  files: ['id'],
  workbooks: ['workbookId'],
  workbook_pages: ['workbookId', 'pageId'],
  workbook_elements: ['workbookId', 'elementId'],
  grants: ['grantId'],
  account_types: ['accountTypeId'],
  account_type_permissions: ['accountTypeId', 'permission'],
  member_recent_files: ['memberId', 'id'],
  member_favorites: ['memberId', 'id'],
  user_attributes: ['userAttributeId'],
  user_attribute_members: ['userAttributeId', 'userId'],
  user_attribute_teams: ['userAttributeId', 'teamId'],
  workbook_columns: ['workbookId', 'elementId', 'columnId'],
  workbook_controls: ['workbookId', 'name'],
  workbook_queries: ['workbookId', 'elementId'],
  workbook_lineage: ['workbookId', 'elementId', 'source', 'target', 'type'],
  workbook_sources: ['workbookId', 'sourceKey'],
  workbook_schedules: ['workbookId', 'scheduledNotificationId'],
  workbook_materialization_schedules: ['workbookId', 'sheetId'],
  workbook_tags: ['workbookId', 'versionTagId'],
  workbook_bookmarks: ['workbookId', 'bookmarkId'],
  workbook_embeds: ['workbookId', 'embedId'],
  workbook_versions: ['workbookId', 'version'],
  templates: ['templateId'],
  tags: ['versionTagId'],
  translations: ['translationKey'],
  connections: ['connectionId'],
  connection_paths: ['connectionId', 'urlId'],
  data_models: ['dataModelId'],
  data_model_elements: ['dataModelId', 'elementId'],
  data_model_columns: ['dataModelId', 'columnKey'],
  data_model_sources: ['dataModelId', 'sourceKey'],
  data_model_tags: ['dataModelId', 'versionTagId'],
  data_model_materialization_schedules: ['dataModelId', 'sheetId'],
  datasets: ['datasetId'],
  dataset_sources: ['datasetId', 'sourceKey'],
  dataset_materializations: ['datasetId', 'materializationKey'],
  workspace_grants: ['grantId'],
  connection_grants: ['grantId'],
  connection_path_grants: ['grantId'],
  allowed_ips: ['ipAllowlistEntryId'],
  tenants: ['tenantOrganizationId'],
};

test('ids are unique within each stream', () => {
  const o = make();
  o.mutate(200);
  for (const [stream, keys] of Object.entries(KEYS)) {
    const ids = o.truth(stream).map((entry) => keys.map((key) => entry[key]).join());
    expect(new Set(ids).size, stream).toBe(ids.length);
  }
});

/** These show files and follow versions, but not every change of one alters them. */
const AT_TIMES = [
  ...['workbook_pages', 'workbook_controls', 'workbook_lineage', 'workbook_sources'],
  ...['member_recent_files', 'member_favorites', 'workbook_tags'],
];

describe('a change alters no more than it does at Sigma', () => {
  test.each<[string, (o: Organization) => unknown, string[]]>([
    ['renameWorkbook', (o) => o.renameWorkbook(visible(o)), ['files', 'workbooks']],
    [
      'publishVersion',
      (o) => o.publishVersion(visible(o)),
      [
        ...['files', 'workbooks', 'workbook_elements', 'workbook_columns', 'workbook_queries'],
        'workbook_versions',
      ],
    ],
    ['renameTeam', (o) => o.renameTeam(), ['teams']],
    ['addTeam', (o) => o.addTeam(), ['teams']],
    ['addTeamMember', (o) => o.addTeamMember(), ['team_members']],
    ['removeTeamMember', (o) => o.removeTeamMember(), ['team_members']],
    ['addMember', (o) => o.addMember(), ['members']],
    ['deactivateMember', (o) => o.deactivateMember(), ['members']],
    ['grant', (o) => o.grant({ inodeId: visible(o) }), ['grants']],
    ['grant on a workspace', (o) => o.grant({ inodeId: o.addWorkspace() }), GRANTED_WORKSPACE],
    ['revoke', (o) => o.revoke(o.grant({ inodeId: visible(o) })), []],
    ['changePermission', (o) => o.changePermission(grantId(o, 'workbook')), ['grants']],
    ['addWorkspace', (o) => o.addWorkspace(), ['workspaces', 'files']],
    ['changeSchedules', (o) => o.changeSchedules(), ['workbook_schedules']],
    [
      'changeMaterializationSchedules',
      (o) => o.changeMaterializationSchedules(),
      ['workbook_materialization_schedules'],
    ],
    ['changeBookmarks', (o) => o.changeBookmarks(), ['workbook_bookmarks']],
    ['changeEmbeds', (o) => o.changeEmbeds(), ['workbook_embeds']],
    ['openFile', (o) => o.openFile(), ['member_recent_files']],
    ['star', (o) => o.star(memberId(o), folderId(o)), ['files', 'member_favorites']],
    ['unstar', (o) => o.unstar(), ['member_favorites']],
    ['renameConnection', (o) => o.renameConnection(), ['connections']],
    ['addConnection', (o) => o.addConnection(), ['connections']],
    ['addConnectionPath', (o) => o.addConnectionPath(), ['connection_paths']],
    ['grantConnection', (o) => o.grantConnection(), ['connection_grants']],
    ['grantConnectionPath', (o) => o.grantConnectionPath(), ['connection_path_grants']],
    ['renameDataModel', (o) => o.renameDataModel(), ['data_models']],
    ['tagDataModel', (o) => o.tagDataModel(), ['data_models', 'data_model_tags']],
    [
      'changeDataModelSchedules',
      (o) => o.changeDataModelSchedules(),
      ['data_model_materialization_schedules'],
    ],
    ['materializeDataset', (o) => o.materializeDataset(), ['dataset_materializations']],
    ['addTag', (o) => o.addTag(), ['tags']],
    ['renameTemplate', (o) => o.renameTemplate(), ['templates']],
    ['addTranslation', (o) => o.addTranslation(), ['translations']],
    ['addUserAttribute', (o) => o.addUserAttribute(), ['user_attributes']],
    ['setUserAttribute', (o) => o.setUserAttribute({ memberId: memberId(o) }), ['user_attribute_members']],
    ['changeAccountType', (o) => o.changeAccountType(), ['account_type_permissions']],
    ['addTenant', (o) => o.addTenant(), ['tenants']],
    ['allowIp', (o) => o.allowIp(), ['allowed_ips']],
  ])('%s', (_, change, streams) => {
    const expected = new Set(streams);
    const changed = altered(make(), change);
    expect(changed.filter((stream) => expected.has(stream) || !AT_TIMES.includes(stream)).sort()).toEqual(
      streams.toSorted(),
    );
  });
});

test('a tag, its removal and its new name move no workbook', () => {
  const o = make();
  const id = visible(o);
  const before = find(o, 'workbooks', 'workbookId', id);
  o.untagWorkbook(o.tagWorkbook(id));
  expect(find(o, 'workbooks', 'workbookId', id)).toEqual(before);
  const tagId = o.addTag('Before');
  o.tagWorkbook(id, tagId);
  o.renameTag(tagId, 'After');
  const { tags, ...rest } = find(o, 'workbooks', 'workbookId', id) ?? {};
  const { tags: _, ...old } = before ?? {};
  expect(rest).toEqual(old);
  expect(tags).toContainEqual(expect.objectContaining({ versionTagId: tagId, name: 'After' }));
  o.tagWorkbook(id, tagId);
  const tagged = o.truth('workbook_tags').filter((tag) => tag['versionTagId'] === tagId);
  expect(tagged).toHaveLength(1);
  expect(find(o, 'workbooks', 'workbookId', String(tagged[0]?.['taggedWorkbookId']))).toBeDefined();
  o.deleteTag(tagId);
  expect(find(o, 'workbooks', 'workbookId', String(tagged[0]?.['taggedWorkbookId']))).toBeUndefined();
});

test('a share of the members was active in the last 30 days', () => {
  const active = (options: { activeShare?: number; now?: number }): number => {
    const o = createOrganization({ members: 400, ...options });
    const since = o.now - 30 * 86_400_000;
    const opened = o
      .truth('member_recent_files')
      .filter((file) => Date.parse(String(file['lastInteractionAt'])) >= since);
    return new Set(opened.map((file) => file['memberId'])).size / 400;
  };
  expect(active({})).toBeCloseTo(0.4, 1);
  expect(active({ activeShare: 0 })).toBe(0);
  expect(active({ activeShare: 1, now: Date.UTC(2027, 5, 1) })).toBe(1);
});

test('derived children cost no memory and follow from seed, parent and revision', () => {
  const o = make();
  const id = visible(o);
  const schedules = (): unknown => o.truth('workbook_schedules').filter((s) => s['workbookId'] === id);
  const seen = new Set<string>();
  for (let i = 0; i < 20; i++) {
    seen.add(JSON.stringify(schedules()));
    o.changeSchedules(id);
  }
  expect(seen.size).toBeGreaterThan(15);
  expect(o.truth('workbook_versions').filter((v) => v['workbookId'] === id)).toHaveLength(
    Number(find(o, 'workbooks', 'workbookId', id)?.['latestVersion']),
  );
});

test('a published version moves latestVersion and updatedAt; a grant moves neither', () => {
  const o = make();
  const id = o.publishVersion();
  const one = find(o, 'workbooks', 'workbookId', id);
  o.publishVersion(id);
  const two = find(o, 'workbooks', 'workbookId', id);
  expect(Number(two?.['latestVersion'])).toBe(Number(one?.['latestVersion']) + 1);
  expect(String(two?.['updatedAt']) > String(one?.['updatedAt'])).toBe(true);
  o.grant({ inodeId: id });
  expect(find(o, 'workbooks', 'workbookId', id)).toEqual(two);
});

test('renaming a workspace changes the paths below, not their updatedAt', () => {
  const o = make();
  const folder = o.truth('files').find((f) => f['type'] === 'folder' && !String(f['path']).includes('/'));
  o.renameWorkspace(String(folder?.['parentId']), 'Elsewhere');
  expect(find(o, 'files', 'id', String(folder?.['id']))).toEqual({ ...folder, path: 'Elsewhere' });
});

test('what is deleted takes its grants, memberships and children along', () => {
  const o = make();
  const workspaceId = o.addWorkspace();
  const folderId = o.addFolder(workspaceId);
  const teamId = o.addTeam();
  o.addTeamMember(teamId);
  o.grant({ inodeId: folderId, teamId });
  o.grant({ inodeId: workspaceId });
  o.deleteWorkspace(workspaceId);
  o.deleteTeam(teamId);
  const gone = [workspaceId, folderId, teamId];
  for (const stream of STREAMS)
    for (const entry of o.truth(stream))
      for (const key of ['id', 'inodeId', 'teamId', 'workspaceId', 'parentId'])
        expect(gone, stream).not.toContain(entry[key]);
  const workbookId = o.addWorkbook('Short-lived');
  o.deleteWorkbook(workbookId);
  expect(o.truth('workbook_pages').some((p) => p['workbookId'] === workbookId)).toBe(false);
});

test('the owner of the credentials stays the same, whoever joins in front', () => {
  const o = make();
  const { owner } = o;
  for (let i = 0; i < 30; i++) o.addMember({ front: true });
  expect(o.members.list.at(0)).not.toBe(owner);
  expect(o.owner).toBe(owner);
  expect(owner.memberType).toBe('admin');
});

test('changes that make no sense are refused and change nothing', () => {
  const o = make();
  const [team] = o.truth('teams');
  const [member] = o.truth('members');
  const memberId = String(member?.['memberId']);
  for (const change of [
    () => o.renameWorkbook('nobody'),
    () => o.addFolder('nowhere'),
    () => o.grant({ inodeId: 'nothing' }),
    () => o.grant({ teamId: String(team?.['teamId']), memberId }),
    () => createOrganization({ teams: 0 }).grant({ teamId: 'none' }),
    () => o.removeTeamMember(o.addTeam(), memberId),
  ])
    expect(change).toThrow(RangeError);
  expect(() => o.truth('nothing')).toThrow('known are members');
});
