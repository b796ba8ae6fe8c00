/** Plugins. Nobody has seen the fields: these are the simulator's own. */
import { administered } from '../shared/administered.ts';
import { BY_TOKEN, type Stream } from '../stream.ts';

const {
  add,
  rename,
  remove,
  table: _,
  ...listed
} = administered({
  kind: 'plugin',
  path: '/v2/plugins',

  paging: BY_TOKEN,
  count: 3,

  render: ({ id, name }) => ({ pluginId: id, name }),
});

export const plugins = {
  ...listed,
  mutations: { addPlugin: add, renamePlugin: rename, deletePlugin: remove },
} satisfies Stream;
