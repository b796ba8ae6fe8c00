import type { Model } from '../model.ts';
import { outsideJoin, ruleOf } from './shared/outside.ts';
import { domainOf, fullName } from './shared/sql-parts.ts';

/** Who is not of the house. */
export const externalMembers: Model = {
  name: 'external_members',
  kind: 'view',
  about:
    'Members that are not of the organization: guests and embed users, and those whose e-mail address has a domain that is not among analytics.internal_domains; where that is empty, the domain that most internal members have is the only internal one. Where privacy settings hide addresses, the hash of the domain tells; where they hide that as well, nobody is external by it, and answer_limits says so.',
  columns: {
    member_id: 'Member',
    name: 'First and last name',
    email: 'E-mail address',
    domain: 'What is behind the @, in lower case; its hash where privacy settings hide addresses',
    member_type: 'Account type by name',
    user_kind: 'internal, guest or embed user',
    reason: 'guest, embed or domain',
    is_inactive: 'True where the member was archived by SCIM',
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
