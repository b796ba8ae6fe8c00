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
