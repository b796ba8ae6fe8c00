import { authorship, boolean, text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';

export const tags = defineStream({
  name: 'tags',
  description: 'Version tags the organization has, such as "production".',
  key: ['version_tag_id'],
  sources: [{ name: 'tags', listings: [{ path: '/v2/tags', paging: 'page' }] }],
  fields: {
    versionTagId: text('Unique id of the tag'),
    name: text('Name'),
    ownerId: text('Member who owns it'),
    isArchived: boolean('True once it is archived'),
    description: text('Description'),
    color: text('Its colour: cyan, grass, violet, plum, amber or bronze'),
    ...authorship,
  },
});
