import { authorship, sensitive, text, timestamp } from '../../fields.ts';
import { defineStream } from '../../stream.ts';

/** For admins of organizations that have tenants. General since July 2026; before, a beta under /v3alpha. [SDK][AE] */
export const tenants = defineStream({
  name: 'tenants',
  description: 'Tenants: organizations that belong to this one.',
  key: ['tenant_organization_id'],
  sources: [
    { name: 'tenants', listings: [{ path: '/v2/tenants', paging: 'pageToken' }] },
    { name: 'beta', listings: [{ path: '/v3alpha/tenants', paging: 'pageToken' }] },
  ],
  ending: 'The beta of the endpoint, /v3alpha/tenants, ended.',
  optIn: true,
  caveats: 'For admins only.',
  fields: {
    tenantOrganizationId: text('Unique id of the tenant'),
    parentOrganizationId: text('Organization it belongs to'),
    tenantOrganizationName: text('Name'),
    tenantOrganizationSlug: text('Name in addresses'),
    sharedAt: timestamp('When content was shared with it, if it was'),
    tenantCloudProvider: text('Cloud it is in'),
    tenantRegion: text('Region of that cloud'),
    tenantApiUrl: sensitive('network', text('Address of its API')),
    ...authorship,
  },
});
