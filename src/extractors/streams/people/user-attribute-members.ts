import { authorship, json, text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byUserAttribute } from '../shared/by-parent.ts';

export const userAttributeMembers = defineStream({
  name: 'user_attribute_members',
  description: 'Values of user attributes that are assigned to single members.',
  key: ['user_attribute_id', 'member_id'],
  sources: [
    { name: 'users', listings: [{ path: '/v2/user-attributes/{userAttributeId}/users', paging: 'page' }] },
  ],
  partitions: [[byUserAttribute]],
  params: { userAttributeId: text('User attribute') },
  fields: {
    userId: text('Member; this endpoint calls the member id userId', 'member_id'),
    value: json('Value assigned: val and type'),
    ...authorship,
  },
});
