import { defineStream } from '../../stream.ts';
import { derived, text } from '../../fields.ts';
import { unseenId } from '../shared/unseen-id.ts';

/** It gives at most 100 a page, and 404 where agents are not enabled; its fields were not seen. [MCP] */
export const workbookAgents = defineStream({
  name: 'workbook_agents',
  description: 'Agents: assistants that were made of workbooks.',
  key: ['workbook_agent_id'],
  sources: [
    {
      name: 'agents',
      listings: [{ path: '/v2/workbookAgents', paging: 'pageToken', limit: 100 }],
    },
  ],
  caveats: 'Its fields are not documented: what is not in a column is in `_raw`.',
  fields: {
    workbookAgentId: derived(text('Unique id of the agent'), unseenId('workbookAgentId', 'agentId', 'id')),
    name: text('Name'),
  },
});
