import { derived, text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { unseenId } from '../shared/unseen-id.ts';

/** A beta, whose fields were not seen. [AE] */
export const plugins = defineStream({
  name: 'plugins',
  description: 'Plugins: third-party visualizations for workbooks.',
  key: ['plugin_id'],
  sources: [{ name: 'plugins', listings: [{ path: '/v2/plugins', paging: 'pageToken' }] }],
  caveats:
    'The endpoint is a beta of Sigma. Its fields are not documented: fields without a column are in `_raw`.',
  fields: {
    pluginId: derived(text('Unique id of the plugin'), unseenId('pluginId', 'id')),
    name: text('Name'),
  },
});
