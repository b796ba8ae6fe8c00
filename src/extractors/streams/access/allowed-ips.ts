import { authorship, sensitive, text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';

/** A beta endpoint, which not every organization has. [spec] */
export const allowedIps = defineStream({
  name: 'allowed_ips',
  description: 'The IP allowlist: addresses that may reach the organization.',
  key: ['ip_allowlist_entry_id'],
  sources: [{ name: 'allowedIps', listings: [{ path: '/v3alpha/allowedIps', paging: 'pageToken' }] }],
  optIn: true,
  caveats: 'The endpoint is a beta of Sigma.',
  fields: {
    ipAllowlistEntryId: text('Unique id of the entry'),
    ip: sensitive('network', text('IPv4 or IPv6 address, or a range in CIDR notation')),
    scope: text('Allowed access: public-api, ui or both'),
    description: text('Description'),
    ...authorship,
  },
});
