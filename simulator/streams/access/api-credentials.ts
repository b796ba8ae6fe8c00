/** Credentials of API connectors. */
import { administered } from '../shared/administered.ts';
import { BY_TOKEN, type Stream } from '../stream.ts';

const {
  add,
  rename,
  remove,
  table: _,
  ...listed
} = administered({
  kind: 'API credential',
  path: '/v2/api-credentials',
  single: '/v2/api-credentials/{apiCredentialId}',
  paging: BY_TOKEN,
  count: 2,
  unknown: ['orderBy', 'name'],
  render: ({ id, name }) => ({
    apiCredentialId: id,
    name,
    authMethod: 'bearer',
    allowlist: ['api.example.com'],
  }),
});

export const apiCredentials = {
  ...listed,
  mutations: { addApiCredential: add, renameApiCredential: rename, deleteApiCredential: remove },
} satisfies Stream;
