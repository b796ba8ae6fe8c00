/** `check access`: what is stored of access beside what Sigma itself says. */
import { expect, it } from 'vitest';
import { catalogue, withAncestors } from '../../src/extractors/catalogue.ts';
import { checkAccess } from '../../src/operations/check/check-access.ts';
import { startRig } from '../support/rig.ts';

const STREAMS = withAncestors(catalogue, new Set(['team_members', 'files', 'grants', 'workspace_grants']));

it('tells of each difference, and of nothing else', async () => {
  const organization = { seed: 41, workbooks: 40, members: 12, teams: 4, grants: 150, folders: 12 };
  // The ids of grants are a matter of their own.
  const novelties = { shortGrantIds: false };
  await using rig = await startRig({ organization, novelties, streams: STREAMS });
  await rig.sync();
  const { database, schemas } = rig.test;
  const { client } = rig.engine;
  const compare = () => checkAccess({ client, database, schemas, events: rig.events }, 100);
  const before = await compare();
  expect(before.members).toBeGreaterThan(4);
  expect(before.pairs).toBeGreaterThan(100);
  expect(before.differences).toEqual([]);
  const people = rig.simulator.organization.truth('members');
  const administrators = people.filter(
    (one) => one['memberType'] === 'admin' && one['isArchived'] !== true && one['isInactive'] !== true,
  );
  expect(before.administrators).toBe(administrators.length);

  const { organization: o } = rig.simulator;
  const able = o.members.list.toArray().filter((one) => !one.archived && !one.inactive);
  const memberId = able.find(({ memberType }) => memberType !== 'admin')?.id ?? '';
  const folderId = o.addFolder(o.addWorkspace());
  await rig.sync();
  const unchanged = await compare();
  expect(unchanged).toEqual(before);
  o.grant({ inodeId: folderId, memberId, permission: 'view' });
  const newer = o.addFolder(folderId);
  const { differences, unlisted, unlistedObjects } = await compare();
  expect(differences).toEqual([
    {
      ...{ memberId, inodeId: folderId, type: 'folder' },
      ...{ ours: null, sigmas: 'view' },
    },
  ]);
  // A folder that was not synced yet, in the one that was granted.
  expect(newer).not.toBe('');
  expect(unlistedObjects).toContainEqual({ memberId, inodeId: newer, type: 'folder', sigmas: 'view' });
  expect(unlisted).toBe(before.unlisted + 1);
  await rig.sync();
  expect(await compare()).toMatchObject({ differences: [], unlisted: before.unlisted });
});
