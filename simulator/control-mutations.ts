/** Mutations by name, with their arguments validated: what `POST /_simulator/mutate` takes. */
import { z } from 'zod';
import type { MutationRecord, Organization } from './organization.ts';

const text = z.string().min(1).optional();
const front = z.boolean().optional();

interface Operation {
  readonly args: readonly string[];
  run(organization: Organization, body: unknown): string;
}

function operation<S extends z.ZodRawShape>(
  shape: S,
  run: (organization: Organization, args: z.output<z.ZodObject<S, z.core.$strict>>) => string,
): Operation {
  const schema = z.strictObject(shape);
  return {
    args: Object.keys(shape),
    run: (organization, body) => run(organization, schema.parse(body)),
  };
}

const byId = { id: text };
const renaming = { id: text, name: text };
const memberFile = { memberId: text, fileId: text };

const OPERATIONS: Readonly<Record<string, Operation>> = {
  renameWorkbook: operation(renaming, (o, a) => o.renameWorkbook(a.id, a.name)),
  publishVersion: operation(byId, (o, a) => o.publishVersion(a.id)),
  addWorkbook: operation({ name: text, front }, (o, a) => o.addWorkbook(a.name, a)),
  deleteWorkbook: operation(byId, (o, a) => o.deleteWorkbook(a.id)),
  archiveWorkbook: operation(byId, (o, a) => o.archiveWorkbook(a.id)),
  unarchiveWorkbook: operation(byId, (o, a) => o.unarchiveWorkbook(a.id)),
  addWorkspace: operation({ name: text, front }, (o, a) => o.addWorkspace(a.name, a)),
  renameWorkspace: operation(renaming, (o, a) => o.renameWorkspace(a.id, a.name)),
  deleteWorkspace: operation(byId, (o, a) => o.deleteWorkspace(a.id)),
  addFolder: operation({ parentId: text, name: text, front }, (o, a) => o.addFolder(a.parentId, a.name, a)),
  addMember: operation({ front }, (o, a) => o.addMember(a)),
  deactivateMember: operation(byId, (o, a) => o.deactivateMember(a.id)),
  addTeam: operation({ name: text, front }, (o, a) => o.addTeam(a.name, a)),
  renameTeam: operation(renaming, (o, a) => o.renameTeam(a.id, a.name)),
  deleteTeam: operation(byId, (o, a) => o.deleteTeam(a.id)),
  addTeamMember: operation({ teamId: text, userId: text, front }, (o, a) =>
    o.addTeamMember(a.teamId, a.userId, a),
  ),
  removeTeamMember: operation({ teamId: text, userId: text }, (o, a) =>
    o.removeTeamMember(a.teamId, a.userId),
  ),
  grant: operation({ inodeId: text, memberId: text, teamId: text, permission: text, front }, (o, a) =>
    o.grant(a),
  ),
  revoke: operation(byId, (o, a) => o.revoke(a.id)),
  changePermission: operation({ id: text, permission: text }, (o, a) =>
    o.changePermission(a.id, a.permission),
  ),
  changeSchedules: operation(byId, (o, a) => o.changeSchedules(a.id)),
  changeMaterializationSchedules: operation(byId, (o, a) => o.changeMaterializationSchedules(a.id)),
  changeBookmarks: operation(byId, (o, a) => o.changeBookmarks(a.id)),
  changeEmbeds: operation(byId, (o, a) => o.changeEmbeds(a.id)),
  tagWorkbook: operation({ id: text, tagId: text }, (o, a) => o.tagWorkbook(a.id, a.tagId)),
  untagWorkbook: operation(byId, (o, a) => o.untagWorkbook(a.id)),
  openFile: operation(memberFile, (o, a) => o.openFile(a.memberId, a.fileId)),
  star: operation(memberFile, (o, a) => o.star(a.memberId, a.fileId)),
  unstar: operation(memberFile, (o, a) => o.unstar(a.memberId, a.fileId)),
  addConnection: operation({ name: text, front }, (o, a) => o.addConnection(a.name, a)),
  renameConnection: operation(renaming, (o, a) => o.renameConnection(a.id, a.name)),
  archiveConnection: operation(byId, (o, a) => o.archiveConnection(a.id)),
  deleteConnection: operation(byId, (o, a) => o.deleteConnection(a.id)),
  addConnectionPath: operation({ connectionId: text, front }, (o, a) =>
    o.addConnectionPath(a.connectionId, a),
  ),
  deleteConnectionPath: operation(byId, (o, a) => o.deleteConnectionPath(a.id)),
  grantConnection: operation({ connectionId: text }, (o, a) => o.grantConnection(a.connectionId)),
  grantConnectionPath: operation({ pathId: text }, (o, a) => o.grantConnectionPath(a.pathId)),
  revokeConnection: operation(byId, (o, a) => o.revokeConnection(a.id)),
  changeConnectionPermission: operation({ id: text, permission: text }, (o, a) =>
    o.changeConnectionPermission(a.id, a.permission),
  ),
  addDataModel: operation({ name: text, front }, (o, a) => o.addDataModel(a.name, a)),
  renameDataModel: operation(renaming, (o, a) => o.renameDataModel(a.id, a.name)),
  publishDataModel: operation(byId, (o, a) => o.publishDataModel(a.id)),
  archiveDataModel: operation(byId, (o, a) => o.archiveDataModel(a.id)),
  unarchiveDataModel: operation(byId, (o, a) => o.unarchiveDataModel(a.id)),
  deleteDataModel: operation(byId, (o, a) => o.deleteDataModel(a.id)),
  tagDataModel: operation({ id: text, tagId: text }, (o, a) => o.tagDataModel(a.id, a.tagId)),
  changeDataModelSchedules: operation(byId, (o, a) => o.changeDataModelSchedules(a.id)),
  addDataset: operation({ name: text, front }, (o, a) => o.addDataset(a.name, a)),
  renameDataset: operation(renaming, (o, a) => o.renameDataset(a.id, a.name)),
  archiveDataset: operation(byId, (o, a) => o.archiveDataset(a.id)),
  unarchiveDataset: operation(byId, (o, a) => o.unarchiveDataset(a.id)),
  deleteDataset: operation(byId, (o, a) => o.deleteDataset(a.id)),
  materializeDataset: operation(byId, (o, a) => o.materializeDataset(a.id)),
  addTag: operation({ name: text, front }, (o, a) => o.addTag(a.name, a)),
  renameTag: operation(renaming, (o, a) => o.renameTag(a.id, a.name)),
  deleteTag: operation(byId, (o, a) => o.deleteTag(a.id)),
  addTemplate: operation({ name: text, front }, (o, a) => o.addTemplate(a.name, a)),
  renameTemplate: operation(renaming, (o, a) => o.renameTemplate(a.id, a.name)),
  deleteTemplate: operation(byId, (o, a) => o.deleteTemplate(a.id)),
  addTranslation: operation({ language: text, variant: text }, (o, a) =>
    o.addTranslation(a.language, a.variant),
  ),
  changeTranslation: operation(byId, (o, a) => o.changeTranslation(a.id)),
  deleteTranslation: operation(byId, (o, a) => o.deleteTranslation(a.id)),
  addUserAttribute: operation({ name: text, front }, (o, a) => o.addUserAttribute(a.name, a)),
  renameUserAttribute: operation(renaming, (o, a) => o.renameUserAttribute(a.id, a.name)),
  deleteUserAttribute: operation(byId, (o, a) => o.deleteUserAttribute(a.id)),
  setUserAttribute: operation({ id: text, memberId: text, teamId: text, value: text }, (o, a) =>
    o.setUserAttribute(a),
  ),
  unsetUserAttribute: operation({ id: text, memberId: text, teamId: text }, (o, a) =>
    o.unsetUserAttribute(a),
  ),
  addAccountType: operation({ name: text }, (o, a) => o.addAccountType(a.name)),
  changeAccountType: operation(byId, (o, a) => o.changeAccountType(a.id)),
  deleteAccountType: operation(byId, (o, a) => o.deleteAccountType(a.id)),
  addTenant: operation({ name: text }, (o, a) => o.addTenant(a.name)),
  deleteTenant: operation(byId, (o, a) => o.deleteTenant(a.id)),
  allowIp: operation({}, (o) => o.allowIp()),
  disallowIp: operation(byId, (o, a) => o.disallowIp(a.id)),
};

const atRandom = z.strictObject({ random: z.int().min(1).max(1_000_000) });
const named = z.looseObject({ op: z.string() });

/** Every operation with the names of its arguments, all of them optional. */
export function describeMutations(): Record<string, readonly string[]> {
  return Object.fromEntries(Object.entries(OPERATIONS).map(([op, { args }]) => [op, args]));
}

/**
 * Makes the change asked for: `{op, ...args}` or `{random: n}`.
 *
 * @throws ZodError where the request is not valid; RangeError where there is nothing to change.
 */
export function mutateBy(organization: Organization, body: unknown): readonly MutationRecord[] {
  const fields = z.record(z.string(), z.unknown()).parse(body);
  if ('random' in fields) return organization.mutate(atRandom.parse(fields).random);
  const { op, ...args } = named.parse(fields);
  const found = OPERATIONS[op];
  if (found === undefined) throw new RangeError(`op: there is no operation ${op}`);
  return [{ op, id: found.run(organization, args) }];
}
