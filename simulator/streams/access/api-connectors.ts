/** API connectors. */
import { administered } from '../shared/administered.ts';
import { BY_TOKEN, type Stream } from '../stream.ts';

const {
  add,
  rename,
  remove,
  table: _,
  ...listed
} = administered({
  kind: 'API connector',
  path: '/v2/api-connectors',
  single: '/v2/api-connectors/{apiConnectorId}',
  paging: BY_TOKEN,
  count: 3,
  unknown: ['orderBy', 'name'],
  render: ({ id, name }) => ({ apiConnectorId: id, name, description: `What ${name} calls` }),
});

export const apiConnectors = {
  ...listed,
  mutations: { addApiConnector: add, renameApiConnector: rename, deleteApiConnector: remove },
} satisfies Stream;
