import { authorship, text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { newerFirst } from '../shared/newer-first.ts';

export const workspaces = defineStream({
  name: 'workspaces',
  description: 'Workspaces: the shared top-level folders of the organization.',
  key: ['workspace_id'],
  identifies: { id: 'workspace_id', urlId: 'workspace_url_id' },
  sources: newerFirst('/workspaces'),
  get: '/v2/workspaces/{workspace_id}',
  fields: {
    workspaceId: text('Unique id of the workspace'),
    workspaceUrlId: text('Short id, as in the address shown by the browser'),
    name: text('Name of the workspace'),
    ...authorship,
  },
});
