import type { Model } from '../model.ts';
import { domainOf, fullName, texts } from './shared/sql-parts.ts';

/** Who is not of the house. */
export const externalMembers: Model = {
  name: 'external_members',
  kind: 'view',
  about:
    'Members that are not of the organization: guests and embed users, and those whose e-mail address has a domain that is not among analytics.internal_domains; where that is empty, the domain that most internal members have is the only internal one.',
  columns: {
    member_id: 'Member',
    name: 'First and last name',
    email: 'E-mail address',
    domain: 'What is behind the @, in lower case',
    member_type: 'Account type by name',
    user_kind: 'internal, guest or embed user',
    reason: 'guest, embed or domain',
    is_inactive: 'True where the member was archived by SCIM',
  },
  inputs: ['members'],
  sql: ({ live, options: { internalDomains } }) => {
    const domain = domainOf('m');
    const internal =
      internalDomains.length > 0
        ? `array[${texts(internalDomains.map((one) => one.toLowerCase()))}]::text[]`
        : `array(select ${domain} from ${live('members')} m
                  where m.is_archived is not true and coalesce(m.user_kind, 'internal') = 'internal' and ${domain} is not null
                  group by 1 order by count(*) desc, 1 limit 1)`;
    return `
select m.member_id, ${fullName('m')} as name, m.email, ${domain} as domain,
       m.member_type, m.user_kind,
       case when coalesce(m.user_kind, 'internal') <> 'internal' then m.user_kind else 'domain' end as reason,
       coalesce(m.is_inactive, false) as is_inactive
  from ${live('members')} m
 where m.is_archived is not true
   and (coalesce(m.user_kind, 'internal') <> 'internal' or ${domain} <> all (${internal}))`;
  },
};
