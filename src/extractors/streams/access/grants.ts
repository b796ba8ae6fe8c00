import { authorship, objectReference, text } from '../../fields.ts';
import { defineStream, type PartitionKind, type Source } from '../../stream.ts';
import { byId, byMember } from '../shared/by-parent.ts';
import { granteeFields } from '../shared/grant-fields.ts';

/** `/v2/grants` takes exactly one of three filters; `directGrantsOnly` leaves out what is inherited. */
function grantsBy(filter: 'teamId' | 'userId' | 'inodeId'): readonly Source[] {
  const query = { [filter]: `{${filter}}`, directGrantsOnly: 'true' };
  return [{ name: `by ${filter}`, listings: [{ path: '/v2/grants', paging: 'page', query }] }];
}

function byInode(parent: string, parentColumn: string): PartitionKind {
  return {
    kind: 'inode',
    parent,
    parentColumn,
    param: 'inodeId',
    column: 'inode_id',
    sources: grantsBy('inodeId'),
  };
}

/** Those who have a grant on an object that can't be asked for: `inodeId` takes the long id alone. [SDK] */
function byHolder(kind: 'team' | 'member', filter: 'teamId' | 'userId'): PartitionKind {
  const column = `${kind}_id`;
  return {
    ...{ kind, parent: 'grants', parentColumn: column, param: filter, column },
    sources: grantsBy(filter),
    objects: 'unknown',
  };
}

/**
 * A direct grant belongs to exactly one member or one team, and to exactly one inode: sweeping all members and
 * teams gives every grant, and so does sweeping all inodes. Grants change without the object's `updatedAt`
 * moving, so they are swept in every run, in the direction that takes fewer requests.
 */
export const grants = defineStream({
  name: 'grants',
  description: 'Direct grants: permissions of members and teams on objects.',
  key: ['grant_id'],
  sources: grantsBy('inodeId'),
  partitions: [
    [
      { ...byId('team', 'teams', 'teamId'), sources: grantsBy('teamId') },
      { ...byMember, param: 'userId', sources: grantsBy('userId') },
    ],
    [
      byInode('workbooks', 'workbook_id'),
      byInode('reports', 'report_id'),
      byInode('workspaces', 'workspace_id'),
      byInode('files', 'id'),
      byInode('data_models', 'data_model_id'),
      byInode('datasets', 'dataset_id'),
      // Objects of other types (tables, version tags) are known only from grants already seen.
      { ...byInode('grants', 'inode_id'), objects: 'known' },
      byHolder('team', 'teamId'),
      byHolder('member', 'userId'),
    ],
  ],
  get: '/v2/grants/{grant_id}',
  caveats:
    'For an object in no listing, `inode_id` is the id that the API sends, which may be the short one. The long one is computed if that is proven (docs/api-truth.md). Inherited grants are left out. A grant on a workspace is here and in `workspace_grants` under the same id. Grants on connections are only in `connection_grants` and `connection_path_grants`.',
  fields: {
    grantId: text('Unique id of the grant'),
    ...objectReference('inodeId', 'Object the grant is on', { idParam: 'inodeId' }),
    inodeType: text('Type of that object: workbook, folder, data-model, dataset, table, …'),
    ...granteeFields,
    permission: text('view, explore, organize (can contribute), edit (can manage), …'),
    ...authorship,
  },
});
