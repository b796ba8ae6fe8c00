import { authorship, objectReference, text } from '../../fields.ts';
import type { Field } from '../../stream.ts';

/** To whom a grant is given. A grant has either a member or a team. */
export const granteeFields: Readonly<Record<string, Field>> = {
  organizationId: text('Organization'),
  memberId: text('Member it is given to, or null'),
  teamId: text('Team it is given to, or null'),
};

/** A grant in one of the listings that belong to a single kind of object; `/v2/grants` adds the inode's type. */
export function grantFields(
  inode: string,
  permissions: string,
  within: Parameters<typeof objectReference>[2],
): Readonly<Record<string, Field>> {
  return {
    grantId: text('Unique id of the grant'),
    ...objectReference('inodeId', inode, within),
    ...granteeFields,
    permission: text(permissions),
    ...authorship,
  };
}

/** Permissions that a grant on a connection, or on a part of one, can have. [spec] */
export const CONNECTION_PERMISSIONS = 'usage, annotate, update, writeback or admin';
