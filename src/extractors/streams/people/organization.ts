import { text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';

export const organization = defineStream({
  name: 'organization',
  description: 'The organization the credentials belong to: one row.',
  key: ['organization_id'],
  sources: [{ name: 'whoami', listings: [{ path: '/v2/whoami', paging: 'object' }] }],
  fields: {
    organizationId: text('Unique id of the organization'),
    userId: text(
      'Member who owns the API credentials: objects hidden from that member are missing everywhere',
      'member_id',
    ),
  },
});
