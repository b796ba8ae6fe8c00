import { json, text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';

/** [SDK] */
export const deploymentPolicies = defineStream({
  name: 'deployment_policies',
  description: 'Deployment policies: objects given to tenants, and their names there.',
  key: ['deployment_policy_id'],
  sources: [{ name: 'policies', listings: [{ path: '/v2/deploymentPolicies', paging: 'pageToken' }] }],
  get: '/v2/deploymentPolicies/{deployment_policy_id}',
  caveats: 'Only of organizations that have tenants.',
  fields: {
    deploymentPolicyId: text('Unique id of the policy'),
    name: text('Name'),
    nameInTenant: text('Name of the folder in the tenant'),
    versionTagId: text('Version tag, if only tagged versions are deployed'),
    sourceSwapPolicies: json('Source swap policies it uses: their ids'),
  },
});
