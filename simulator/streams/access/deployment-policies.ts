/** Deployment policies of organizations that have tenants. */
import { administered } from '../shared/administered.ts';
import { BY_TOKEN, type Stream } from '../stream.ts';

const {
  add,
  rename,
  remove,
  table: _,
  ...listed
} = administered({
  kind: 'deployment',
  path: '/v2/deploymentPolicies',
  single: '/v2/deploymentPolicies/{deploymentPolicyId}',
  paging: BY_TOKEN,
  count: 2,

  render: ({ id, name }) => ({
    ...{ deploymentPolicyId: id, name, nameInTenant: `${name} for tenants` },
    ...{ sourceSwapPolicies: [], versionTagId: null },
  }),
});

export const deploymentPolicies = {
  ...listed,
  mutations: { addDeploymentPolicy: add, renameDeploymentPolicy: rename, deleteDeploymentPolicy: remove },
} satisfies Stream;
