import { expect, test } from 'vitest';
import { STREAMS } from '../../../simulator/catalogue.ts';
import { describeMutations, MUTATIONS } from '../../../simulator/mutations.ts';
import { createOrganization, type Organization } from '../../../simulator/organization.ts';
import type { Entry } from '../../../simulator/store/entry.ts';

const make = (): Organization => createOrganization({ seed: 4, workbooks: 80, elements: 500 });

const memberId = (o: Organization): string => String(o.truth('members')[3]?.['memberId']);

test('sizes are met exactly', () => {
  const o = createOrganization({ workbooks: 333, members: 71, teams: 9, grants: 800, elements: 2500 });
  expect(
    ['workbooks', 'members', 'teams', 'workbook_elements', 'reports'].map((s) => o.truth(s).length),
  ).toEqual([333, 71, 9, 2500, 33]);
  // Reports begin with grants of their own.
  expect(o.truth('grants').filter((grant) => grant['inodeType'] !== 'report')).toHaveLength(800);
  expect(createOrganization({ reports: 4 }).truth('reports')).toHaveLength(4);
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
  const names = (entry: Entry): boolean =>
    ['id', 'inodeId', 'teamId', 'workspaceId', 'parentId'].some((key) => gone.includes(String(entry[key])));
  expect(STREAMS.filter((stream) => o.truth(stream).some(names))).toEqual([]);
  const workbookId = o.addWorkbook('Short-lived');
  o.deleteWorkbook(workbookId);
  expect(o.truth('workbook_pages').some((p) => p['workbookId'] === workbookId)).toBe(false);
});

test('what data comes from and who may use it goes with what is deleted', () => {
  const o = make();
  const gone = new Set<unknown>();
  const noted = (id: string): string => {
    gone.add(id);
    return id;
  };
  const connectionId = noted(o.addConnection());
  const pathId = noted(o.addConnectionPath(connectionId));
  noted(o.grantConnection(connectionId));
  noted(o.grantConnectionPath(pathId));
  const attributeId = noted(o.addUserAttribute());
  const teamId = noted(o.addTeam());
  o.setUserAttribute({ id: attributeId, memberId: memberId(o) });
  o.setUserAttribute({ id: String(o.truth('user_attributes')[0]?.['userAttributeId']), teamId });
  const typeId = noted(o.addAccountType());
  const modelId = noted(o.addDataModel());
  const datasetId = noted(o.addDataset());
  o.tagDataModel(modelId);
  noted(o.grant({ inodeId: modelId, teamId }));
  noted(o.grant({ inodeId: datasetId }));
  const names = (entry: Entry): boolean => Object.values(entry).some((value) => gone.has(value));
  const naming = (): string[] => STREAMS.filter((stream) => o.truth(stream).some(names));
  expect(naming().length).toBeGreaterThan(12);
  o.deleteConnection(connectionId);
  o.deleteUserAttribute(attributeId);
  o.deleteAccountType(typeId);
  o.deleteDataModel(modelId);
  o.deleteDataset(datasetId);
  o.deleteTeam(teamId);
  expect(naming()).toEqual([]);
});

test('random changes reach every mutation', () => {
  const o = createOrganization({ workbooks: 300, members: 30 });
  const made = new Set(o.mutate(3000).map(({ op }) => op));
  expect([...made].sort()).toEqual(Object.keys(describeMutations()).filter(isDrawn).sort());
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

/** Those of the listings that came last are made by name only, so that a seed draws what it drew. */
const isDrawn = (name: string): boolean => (MUTATIONS.get(name)?.chance ?? 0) > 0;
