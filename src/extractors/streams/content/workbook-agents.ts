import { derived, text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { unseenId } from '../shared/unseen-id.ts';

/** It gives at most 100 a page, and 404 where agents are not enabled; its fields were not seen. [MCP] */
export const workbookAgents = defineStream({
  name: 'workbook_agents',
  description: 'Agents: assistants built from workbooks.',
  key: ['workbook_agent_id'],
  sources: [
    {
      name: 'agents',
      listings: [{ path: '/v2/workbookAgents', paging: 'pageToken', limit: 100 }],
    },
  ],
  caveats: 'Its fields are not documented: fields without a column are in `_raw`.',
  fields: {
    workbookAgentId: derived(text('Unique id of the agent'), unseenId('workbookAgentId', 'agentId', 'id')),
    name: text('Name'),
  },
});
