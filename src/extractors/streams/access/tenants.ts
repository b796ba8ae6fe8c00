import { authorship, defineStream, text, timestamp } from '../../stream.ts';

/** A beta endpoint, for admins of organizations that have tenants. [spec] */
export const tenants = defineStream({
  name: 'tenants',
  description: 'Tenants: organizations that belong to this one.',
  key: ['tenant_organization_id'],
  sources: [{ name: 'tenants', listings: [{ path: '/v3alpha/tenants', paging: 'pageToken' }] }],
  optIn: true,
  caveats: 'The endpoint is a beta of Sigma, and given to admins only.',
  fields: {
    tenantOrganizationId: text('Unique id of the tenant'),
    parentOrganizationId: text('Organization it belongs to'),
    tenantOrganizationName: text('Name'),
    tenantOrganizationSlug: text('Name in addresses'),
    sharedAt: timestamp('When content was shared with it, if it was'),
    ...authorship,
  },
});
