import { authorship, boolean, sensitive, text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { newerFirst } from '../shared/newer-first.ts';

/** The part of an address after its last @. */
const domainOf = (email: string): string | undefined => /@([^@]+)$/.exec(email)?.[1]?.toLowerCase();

/**
 * `/v2.1/members` always pages, while `/v2/members` does only when asked to; archived and inactive members are
 * left out of both unless they are asked for. Archived means deactivated, inactive means archived by SCIM. [AE]
 */
export const members = defineStream({
  name: 'members',
  description: 'Everybody in the organization, archived and inactive members included.',
  key: ['member_id'],
  sources: newerFirst('/members', { includeArchived: 'true', includeInactive: 'true' }),
  get: '/v2/members/{member_id}',
  fields: {
    memberId: text('Unique id of the member; other endpoints call it userId'),
    organizationId: text('Organization the member belongs to'),
    memberType: text('Account type by name'),
    firstName: sensitive('name', text('First name')),
    lastName: sensitive('name', text('Last name')),
    email: sensitive('email', text('E-mail address')),
    emailDomain: {
      ...text('Hash of the domain of the address, if privacy settings hide that; else null'),
      left: { of: 'email', part: domainOf },
    },
    profileImgUrl: sensitive('image', text('Address of the profile image')),
    homeFolderId: text('Folder "My Documents" of the member'),
    userKind: text('Internal, guest or embed user'),
    isArchived: boolean(
      'True once the member is archived: deactivated in Sigma. An archived member cannot sign in',
    ),
    isInactive: boolean(
      'True once the identity provider deactivated the member through SCIM. An inactive member cannot sign in',
    ),
    ...authorship,
  },
});
