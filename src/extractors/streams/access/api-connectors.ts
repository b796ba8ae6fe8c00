import { text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';

/** [SDK] */
export const apiConnectors = defineStream({
  name: 'api_connectors',
  description: 'API connectors: calls to other services that workbooks can make.',
  key: ['api_connector_id'],
  sources: [{ name: 'connectors', listings: [{ path: '/v2/api-connectors', paging: 'pageToken' }] }],
  get: '/v2/api-connectors/{api_connector_id}',
  fields: {
    apiConnectorId: text('Unique id of the connector'),
    name: text('Name'),
    description: text('Description'),
  },
});
