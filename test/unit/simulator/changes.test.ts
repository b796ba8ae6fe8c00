/** The effect of each change, and the fields it leaves alone. */
import { describe, expect, test } from 'vitest';
import { STREAMS } from '../../../simulator/catalogue.ts';
import { createOrganization, type Organization } from '../../../simulator/organization.ts';
import type { Entry } from '../../../simulator/store/entry.ts';

const make = (): Organization => createOrganization({ seed: 4, workbooks: 80, elements: 500 });

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
  const texts = (): string[] => STREAMS.map((stream) => JSON.stringify(o.truth(stream)));
  const before = texts();
  change(o);
  const after = texts();
  return STREAMS.filter((_, i) => after[i] !== before[i]);
}

/** These show files and follow versions, but not every change of one alters them. */
const AT_TIMES = [
  ...['workbook_pages', 'workbook_controls', 'workbook_lineage', 'workbook_sources', 'source_tables'],
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
    ['renameDataModel', (o) => o.renameDataModel(), ['data_models', 'files']],
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

test('derived children follow from seed, parent and revision', () => {
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
