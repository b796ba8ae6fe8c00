import { authorship, defineStream, text } from '../../stream.ts';

export const workspaces = defineStream({
  name: 'workspaces',
  description: 'Workspaces: the shared top-level folders of the organization.',
  key: ['workspace_id'],
  sources: [
    { name: 'v2.1', listings: [{ path: '/v2.1/workspaces', paging: 'page' }] },
    { name: 'v2', listings: [{ path: '/v2/workspaces', paging: 'page' }] },
  ],
  get: '/v2/workspaces/{workspace_id}',
  fields: {
    workspaceId: text('Unique id of the workspace'),
    name: text('Name of the workspace'),
    ...authorship,
  },
});
