import { text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byId } from '../shared/by-parent.ts';
import { CONNECTION_PERMISSIONS, grantFields } from '../shared/grant-fields.ts';

/** Grants change without the connection's `updatedAt` moving, so all connections are swept in every run. */
export const connectionGrants = defineStream({
  name: 'connection_grants',
  description: 'Permissions of members and teams on connections.',
  key: ['grant_id'],
  sources: [
    { name: 'grants', listings: [{ path: '/v2/connections/{connectionId}/grants', paging: 'page' }] },
  ],
  partitions: [[byId('connection', 'connections', 'connectionId')]],
  caveats: 'Not included in `grants`.',
  params: { connectionId: text('Connection') },
  fields: grantFields('The connection as an inode', CONNECTION_PERMISSIONS, { idParam: 'connectionId' }),
});
