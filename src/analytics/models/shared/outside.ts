/** Tells people outside the organization from members, as far as privacy settings let it be known. */
import type { Names } from '../../model.ts';
import { domainOf, texts } from './sql-parts.ts';

/** The view with the rules that rows comply with. */
export const PRIVACY_RULES = 'privacy_rules';

/** The rule for a column of a stream, or null: it tells "hidden" from "not there". */
export const ruleOf = ({ raw }: Names, stream: string, column: string): string =>
  `(select p.rules ->> '${column}' from ${raw(PRIVACY_RULES)} p where p.stream = '${stream}')`;

/** The kind of a member. A member without one is internal. */
const kindOf = (member: string): string => `coalesce(${member}.user_kind, 'internal')`;

/**
 * A lateral join that adds `o.external` to a member: null where privacy settings hide what tells. Domains that are hashed
 * are compared by their hashes, so those of the settings must be there as hashes, too.
 */
export function outsideJoin(names: Names, member: string): string {
  const { live, options } = names;
  const named = options.internalDomains.length > 0;
  const kindRule = ruleOf(names, 'members', 'user_kind');
  const domain = domainOf(member);
  const internal = named
    ? `array[${texts(options.internalDomains.map((one) => one.toLowerCase()))}]::text[]`
    : `array(select ${domainOf('n')} from ${live('members')} n
                   where n.is_archived is not true and ${domainOf('n')} is not null and (${kindOf('n')} = 'internal' or ${kindRule} is not null)
                   group by 1 order by count(*) desc, 1 limit 1)`;
  const otherForm = named
    ? `\n           when ${domain} like 'hmac:%' and 'hmac:' <> all (select left(x.one, 5) from unnest(${internal}) x(one)) then null`
    : '';
  return `cross join lateral (
    select case
           when ${kindRule} is null and ${kindOf(member)} <> 'internal' then true
           when ${domain} is null and (${member}.email like 'hmac:%' or (${ruleOf(names, 'members', 'email')} = 'drop'
             and ${ruleOf(names, 'members', 'email_domain')} is distinct from 'hash')) then null${otherForm}
           when ${domain} <> all (${internal}) then true
           when ${kindRule} is not null then null
           else false end as external) o`;
}
