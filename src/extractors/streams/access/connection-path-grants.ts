import { text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { CONNECTION_PERMISSIONS, grantFields } from '../shared/grant-fields.ts';

/** One request per database, schema and table, of which there can be very many: hence on the slow cycle. */
export const connectionPathGrants = defineStream({
  name: 'connection_path_grants',
  description: 'Permissions of members and teams on databases, schemas and tables of connections.',
  key: ['grant_id'],
  sources: [
    {
      name: 'grants',
      listings: [{ path: '/v2/connections/paths/{connectionPathId}/grants', paging: 'page' }],
    },
  ],
  partitions: [
    [
      {
        kind: 'connection path',
        parent: 'connection_paths',
        parentColumn: 'url_id',
        param: 'connectionPathId',
        column: 'url_id',
      },
    ],
  ],
  slow: true,
  caveats: 'Not included in `grants`.',
  params: { connectionPathId: text('Database, schema or table, as in `connection_paths`', 'url_id') },
  fields: grantFields('The database, schema or table as an inode', CONNECTION_PERMISSIONS, {
    urlIdParam: 'connectionPathId',
  }),
});
