import { authorship, boolean, integer, json, text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { documentUrlId } from '../shared/document-fields.ts';

export const templates = defineStream({
  name: 'templates',
  description: 'Templates for workbooks, those that come with Sigma included.',
  key: ['template_id'],
  identifies: { id: 'template_id', urlId: 'template_url_id' },
  sources: [{ name: 'templates', listings: [{ path: '/v2/templates', paging: 'page' }] }],
  get: '/v2/templates/{template_id}',
  fields: {
    templateId: text('Unique id of the template'),
    templateUrlId: documentUrlId,
    name: text('Title'),
    url: text('Address in the browser'),
    path: text('Folders that lead to it'),
    latestVersion: integer('Number of the latest published version'),
    isArchived: boolean('True once it is archived'),
    tags: json('Version tags: versionTagId and name'),
    ...authorship,
  },
});
