/** Makes an organization in which every answer has something to say, and changes it. */
import type { Organization } from '../../../simulator/organization.ts';
import { addedOf } from '../../../simulator/streams/shared/contents.ts';
import type { Member } from '../../../simulator/streams/shared/people.ts';
import { referencesOf } from '../../../simulator/streams/shared/references.ts';
import {
  dropWorkbook,
  insertWorkbook,
  type Workbook,
} from '../../../simulator/streams/shared/workbook-table.ts';

const NAMES = ['Umsatz 2026', ' umsatz 2026', 'UMSATZ 2026  '] as const;

/** Before the first sync: deep folders, copies, members from elsewhere, tables that are known. */
export function prepare(organization: Organization): void {
  const { members, teams, connectionPaths } = organization;
  const references = referencesOf(organization);
  let parentId: string | undefined;
  for (let depth = 0; depth < 5; depth++) parentId = organization.addFolder(parentId);
  for (const team of teams.list.toArray().slice(0, 2))
    organization.grant({ inodeId: parentId, teamId: team.id, permission: 'organize' });
  for (const [i, workbook] of ordinary(organization).slice(0, 6).entries())
    if (i % 2 === 0) move(organization, workbook, parentId);
  // Small ones have the same shape more often than not; most of them have the same sources: none.
  for (let i = 0; i < 18; i++) {
    const size = { pages: 1, elements: i % 3 === 0 ? 1 : 0 };
    const id = organization.addWorkbook(NAMES[i % NAMES.length], {}, size);
    if (i % 4 !== 0) addedOf(organization).setSources(id, []);
    if (i % 3 !== 1) continue;
    addedOf(organization).setSources(organization.addReport(NAMES[i % 2], {}, size), []);
  }
  for (const [i, member] of members.list.toArray().entries())
    if (i % 6 === 2) Object.assign(member, { email: member.email.replace('example.com', 'Partner.example') });
  // Half of the tables are in the listing of paths, and so have a connection.
  const listed = connectionPaths.list
    .toArray()
    .map(({ inodeId: id, path }) => ({ id, name: String(path.at(-1)) }));
  references.tables = [...listed, ...references.tables.slice(0, listed.length / 2)];
}

/** Between two syncs: random changes, and at least one of each kind that an answer is about. */
export function stir(organization: Organization, changes: number): void {
  organization.mutate(changes);
  const { datasets, dataModels, connectionPaths, folders, workspaces, members } = organization;
  for (let i = 0; i < 3; i++) organization.openFile();
  const teamId = organization.addTeam();
  for (let i = 0; i < 3; i++) organization.addTeamMember(teamId);
  organization.grant({ teamId });
  if (organization.connections.size > 0) organization.grantConnection();
  if (connectionPaths.size > 0) organization.grantConnectionPath();
  const tagged = organization.tagWorkbook();
  organization.tagWorkbook();
  organization.archiveWorkbook(tagged);
  organization.archiveWorkbook();
  const report = organization.addReport();
  organization.publishReport(report);
  organization.tagReport(report);
  organization.grant({ inodeId: organization.addReport() });
  if (
    organization.reports.list.toArray().filter((one) => !one.archived && one.taggedFrom === undefined)
      .length > 3
  )
    organization.archiveReport(report);
  const referenced = (ids: readonly { readonly id: string }[], all: { get(id: string): unknown }): string[] =>
    ids.map(({ id }) => id).filter((id) => all.get(id) !== undefined);
  const [dataset, other] = referenced(referencesOf(organization).datasets, datasets);
  if (dataset !== undefined && datasets.size > 2) organization.deleteDataset(dataset);
  if (other !== undefined) organization.archiveDataset(other);
  const [model, second] = referenced(referencesOf(organization).dataModels, dataModels);
  if (model !== undefined && dataModels.size > 2) organization.deleteDataModel(model);
  if (second !== undefined) organization.archiveDataModel(second);
  for (let i = 0; i < 2 && connectionPaths.size > 0; i++) organization.deleteConnectionPath();
  const places = [...folders.list, ...workspaces.list].map(({ id }) => id);
  for (const [i, workbook] of ordinary(organization).slice(0, 3).entries())
    move(organization, workbook, places.at(-1 - i));
  const [archived, gone] = members.list
    .toArray()
    .filter((one) => isOwner(organization, one) && !one.archived);
  if (archived !== undefined) archived.archived = true;
  if (gone !== undefined && members.size > 12) {
    // A member who is gone has no grants; their belongings stay.
    organization.grants.deleteOf(gone.id);
    organization.connectionGrants.deleteOf(gone.id);
    members.delete(gone);
  }
}

function isOwner(organization: Organization, member: Member): boolean {
  return member !== organization.owner && ordinary(organization).some(({ ownerId }) => ownerId === member.id);
}

/** Workbooks that are shown like any other. */
function ordinary({ workbooks }: Organization): Workbook[] {
  const all = workbooks.list.toArray();
  return all.filter(
    (one) => !one.archived && !one.hidden && !one.exploration && one.taggedFrom === undefined,
  );
}

/** Moves a workbook to a folder. Its `updatedAt` does not move. */
function move(organization: Organization, workbook: Workbook, parentId: string | undefined): void {
  if (parentId === undefined) return;
  dropWorkbook(organization, workbook);
  insertWorkbook(organization, { ...workbook, parentId });
}
