import { json, text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';

export const connectionPaths = defineStream({
  name: 'connection_paths',
  description: 'Databases, schemas and tables behind the connections.',
  key: ['connection_id', 'url_id'],
  sources: [{ name: 'paths', listings: [{ path: '/v2/connections/paths', paging: 'page' }] }],
  caveats: 'Only those that the owner of the credentials may use.',
  fields: {
    connectionId: text('Connection'),
    urlId: text('Short id of the database, schema or table'),
    path: json('Its names from the top down: database, schema, table'),
  },
});
