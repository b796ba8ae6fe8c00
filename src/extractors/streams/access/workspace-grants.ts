import { text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byId } from '../shared/by-parent.ts';
import { grantFields } from '../shared/grant-fields.ts';

/** Grants change without the workspace's `updatedAt` moving, so all workspaces are swept in every run. */
export const workspaceGrants = defineStream({
  name: 'workspace_grants',
  description: 'Permissions of members and teams on workspaces.',
  key: ['grant_id'],
  sources: [{ name: 'grants', listings: [{ path: '/v2/workspaces/{workspaceId}/grants', paging: 'page' }] }],
  partitions: [[byId('workspace', 'workspaces', 'workspaceId')]],
  caveats: 'The same grants are in `grants`, under the same ids.',
  params: { workspaceId: text('Workspace') },
  fields: grantFields(
    'The workspace as an inode',
    'view, explore, organize (can contribute), edit (can manage), …',
    { idParam: 'workspaceId' },
  ),
});
