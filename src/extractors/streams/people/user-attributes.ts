import { authorship, json, text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';

export const userAttributes = defineStream({
  name: 'user_attributes',
  description:
    'User attributes: named values that row-level security and connections use to tell members apart.',
  key: ['user_attribute_id'],
  sources: [{ name: 'user-attributes', listings: [{ path: '/v2/user-attributes', paging: 'page' }] }],
  get: '/v2/user-attributes/{user_attribute_id}',
  fields: {
    userAttributeId: text('Unique id of the user attribute'),
    name: text('Name, as formulas use it'),
    description: text('Description'),
    defaultValue: json('Value for everybody without an assigned one: val and type'),
    ...authorship,
  },
});
