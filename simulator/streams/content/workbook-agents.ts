/** Agents made of workbooks. Nobody has seen the fields: these are the simulator's own. */
import { administered } from '../shared/administered.ts';
import { BY_TOKEN, type Stream } from '../stream.ts';

const {
  add,
  rename,
  remove,
  table: _,
  ...listed
} = administered({
  kind: 'agent',
  path: '/v2/workbookAgents',

  paging: { ...BY_TOKEN, most: 100 },
  count: 2,

  render: ({ id, name }) => ({ workbookAgentId: id, name }),
});

export const workbookAgents = {
  ...listed,
  mutations: { addWorkbookAgent: add, renameWorkbookAgent: rename, deleteWorkbookAgent: remove },
} satisfies Stream;
