import type { Model } from '../model.ts';
import { IS_INACTIVE } from './shared/members.ts';
import { outsideJoin, ruleOf } from './shared/outside.ts';
import { domainOf, fullName } from './shared/sql-parts.ts';

/** Members from outside the organization. */
export const externalMembers: Model = {
  name: 'external_members',
  kind: 'view',
  about:
    'Members from outside the organization: guests, embed users, and members with an e-mail domain that is not in analytics.internal_domains. If that is empty, only the domain of most internal members is internal. If privacy settings hide addresses, the hash of the domain decides. If they hide that as well, nobody is external by domain, and answer_limits says so.',
  columns: {
    member_id: 'Member',
    name: 'First and last name',
    email: 'E-mail address',
    domain: 'Domain of the address, in lower case; its hash if privacy settings hide addresses',
    member_type: 'Account type by name',
    user_kind: 'internal, guest or embed user',
    reason: 'guest, embed or domain',
    is_inactive: IS_INACTIVE,
  },
  inputs: ['members'],
  sql: (names) => `
select m.member_id, ${fullName('m')} as name, m.email, ${domainOf('m')} as domain,
       m.member_type, m.user_kind,
       case when coalesce(m.user_kind, 'internal') <> 'internal' and ${ruleOf(names, 'members', 'user_kind')} is null
            then m.user_kind else 'domain' end as reason,
       coalesce(m.is_inactive, false) as is_inactive
  from ${names.live('members')} m
 ${outsideJoin(names, 'm')}
 where m.is_archived is not true and o.external`,
};
