import { boolean, defineStream, text } from '../../stream.ts';

export const accountTypes = defineStream({
  name: 'account_types',
  description: 'Account types: the licences and sets of permissions a member can have.',
  key: ['account_type_id'],
  sources: [{ name: 'accountTypes', listings: [{ path: '/v2/accountTypes', paging: 'pageToken' }] }],
  caveats: 'Given to admins only. `members.member_type` holds the name, not the id.',
  fields: {
    accountTypeId: text('Unique id of the account type'),
    accountTypeName: text('Its name, as in `members.member_type`'),
    description: text('What members of this type can do'),
    isCustom: boolean('True where the organization made it, false for those that come with Sigma'),
  },
});
