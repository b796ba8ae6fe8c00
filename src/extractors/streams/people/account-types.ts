import { boolean, derived, text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';

/** The licence type came in 2026; no source spells its field, so any that is named after a licence is taken. */
export function licenseType(entry: Readonly<Record<string, unknown>>): string | undefined {
  const found = Object.entries(entry).find(
    ([name, value]) => /^licen[cs]e/i.test(name) && typeof value === 'string',
  );
  return found === undefined ? undefined : String(found[1]);
}

export const accountTypes = defineStream({
  name: 'account_types',
  description: 'Account types: the licences and sets of permissions a member can have.',
  key: ['account_type_id'],
  sources: [{ name: 'accountTypes', listings: [{ path: '/v2/accountTypes', paging: 'pageToken' }] }],
  caveats: 'For admins only. `members.member_type` holds the name, not the id.',
  fields: {
    accountTypeId: text('Unique id of the account type'),
    accountTypeName: text('Its name, as in `members.member_type`'),
    description: text('Abilities of members of this type'),
    licenseType: derived(text('Licence that members of this type use, if the API says so'), licenseType),
    isCustom: boolean('True if the organization created it, false if it comes with Sigma'),
  },
});
