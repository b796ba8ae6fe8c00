import { describe, expect, test } from 'vitest';
import type { Entry } from '../../../src/simulator/entities.ts';
import { createOrganization, type Organization, STREAMS } from '../../../src/simulator/organization.ts';
import { sorted } from './api.ts';

const make = (): Organization => createOrganization({ seed: 4, workbooks: 80, elements: 900 });

function find(o: Organization, stream: string, key: string, id: string): Entry | undefined {
  return o.truth(stream).find((entry) => entry[key] === id);
}

/** A workbook that the files show too. */
function visible(o: Organization): string {
  return String(o.truth('files').find((f) => f['type'] === 'workbook' && f['isArchived'] === false)?.['id']);
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

test('ids are unique within each stream', () => {
  const o = make();
  o.mutate(200);
  for (const [stream, keys] of Object.entries({
    members: ['memberId'],
    teams: ['teamId'],
    team_members: ['teamId', 'userId'],
    files: ['id'],
    workbooks: ['workbookId'],
    workbook_pages: ['workbookId', 'pageId'],
    workbook_elements: ['workbookId', 'elementId'],
    grants: ['grantId'],
  })) {
    const ids = o.truth(stream).map((entry) => keys.map((key) => entry[key]).join());
    expect(new Set(ids).size, stream).toBe(ids.length);
  }
});

describe('a change alters no more than it does at Sigma', () => {
  test.each<[string, (o: Organization) => unknown, string[]]>([
    ['renameWorkbook', (o) => o.renameWorkbook(visible(o)), ['files', 'workbooks']],
    ['publishVersion', (o) => o.publishVersion(visible(o)), ['files', 'workbooks', 'workbook_elements']],
    ['renameTeam', (o) => o.renameTeam(), ['teams']],
    ['addTeam', (o) => o.addTeam(), ['teams']],
    ['addTeamMember', (o) => o.addTeamMember(), ['team_members']],
    ['removeTeamMember', (o) => o.removeTeamMember(), ['team_members']],
    ['addMember', (o) => o.addMember(), ['members']],
    ['deactivateMember', (o) => o.deactivateMember(), ['members']],
    ['grant', (o) => o.grant(), ['grants']],
    ['revoke', (o) => o.revoke(), ['grants']],
    ['changePermission', (o) => o.changePermission(), ['grants']],
    ['addWorkspace', (o) => o.addWorkspace(), ['workspaces', 'files']],
  ])('%s', (_, change, streams) => {
    const changed = altered(make(), change);
    expect(changed.filter((stream) => stream !== 'workbook_pages')).toEqual(streams);
  });
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
