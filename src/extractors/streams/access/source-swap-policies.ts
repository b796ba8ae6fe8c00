import { json, text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';

/** [SDK] */
export const sourceSwapPolicies = defineStream({
  name: 'source_swap_policies',
  description: 'Source swap policies: a connection or path replaces another, for some members or places.',
  key: ['policy_id'],
  sources: [{ name: 'policies', listings: [{ path: '/v2/sourceSwapPolicies', paging: 'page' }] }],
  get: '/v2/sourceSwapPolicies/{policy_id}',
  fields: {
    policyId: text('Unique id of the policy'),
    name: text('Name'),
    type: text('connection or deployment'),
    fromConnectionId: text('Connection that is swapped'),
    swaps: json('Its replacement'),
  },
});
