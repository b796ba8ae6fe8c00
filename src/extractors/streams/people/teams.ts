import { authorship, boolean, text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { newerFirst } from '../shared/newer-first.ts';

export const teams = defineStream({
  name: 'teams',
  description: 'Teams of the organization.',
  key: ['team_id'],
  sources: newerFirst('/teams'),
  get: '/v2/teams/{team_id}',
  fields: {
    teamId: text('Unique id of the team'),
    name: text('Name of the team'),
    description: text('Description of the team'),
    visibility: text('public or private'),
    isArchived: boolean('True once the team is archived'),
    ...authorship,
  },
});
