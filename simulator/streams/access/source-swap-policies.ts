/** Source swap policies. */
import { administered } from '../shared/administered.ts';
import { PAGED, type Stream } from '../stream.ts';

const {
  add,
  rename,
  remove,
  table: _,
  ...listed
} = administered({
  kind: 'swap policy',
  path: '/v2/sourceSwapPolicies',
  single: '/v2/sourceSwapPolicies/{policyId}',
  paging: PAGED,
  count: 2,

  render: ({ id, name }) => ({
    ...{ policyId: id, name, type: 'connection', fromConnectionId: id },
    swaps: [{ toConnection: { swapType: 'attribute', userAttributeId: id } }],
  }),
});

export const sourceSwapPolicies = {
  ...listed,
  mutations: { addSourceSwapPolicy: add, renameSourceSwapPolicy: rename, deleteSourceSwapPolicy: remove },
} satisfies Stream;
