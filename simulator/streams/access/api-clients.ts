/** Holders of API credentials. Nobody has seen the fields: these are the simulator's own. */
import { stamps } from '../../store/entry.ts';
import { administered } from '../shared/administered.ts';
import { BY_TOKEN, type Stream } from '../stream.ts';

const {
  add,
  rename,
  remove,
  table: _,
  ...listed
} = administered({
  kind: 'API client',
  path: '/v2/credentials',

  paging: BY_TOKEN,
  count: 3,

  render: ({ id, name, ...rest }, store) => ({ clientId: id, name, ownerId: store.ownerId, ...stamps(rest) }),
});

export const apiClients = {
  ...listed,
  mutations: { addApiClient: add, renameApiClient: rename, deleteApiClient: remove },
} satisfies Stream;
