/** The parents whose rows name the partitions of a stream. */
import { type PartitionKind, snakeCase } from '../../stream.ts';

/** By the rows of `parent`, under the id that paths call `param`: a column of both, named alike. */
export function byId(kind: string, parent: string, param: string): PartitionKind {
  const column = snakeCase(param);
  return { kind, parent, parentColumn: column, param, column };
}

/**
 * Children of a document carry no timestamp: they are read again when its version or `updatedAt` moves. The API refuses
 * those of archived ones.
 */
const ofVersions = { unless: 'is_archived', signal: ['latest_version', 'updated_at'] } as const;

/** The same where a version tag makes a difference, which need not move either of them. */
const ofTags = { ...ofVersions, signal: [...ofVersions.signal, 'tags'] } as const;

const workbook = byId('workbook', 'workbooks', 'workbookId');
export const byWorkbook: PartitionKind = { ...workbook, ...ofVersions };
export const byTaggedWorkbook: PartitionKind = { ...workbook, ...ofTags };

const dataModel = byId('data model', 'data_models', 'dataModelId');
export const byDataModel: PartitionKind = { ...dataModel, ...ofVersions };
export const byTaggedDataModel: PartitionKind = { ...dataModel, ...ofTags };

const report = byId('report', 'reports', 'reportId');
export const byReport: PartitionKind = { ...report, ...ofVersions };
export const byTaggedReport: PartitionKind = { ...report, ...ofTags };

/** Datasets have no versions. */
export const byDataset: PartitionKind = {
  ...byId('dataset', 'datasets', 'datasetId'),
  unless: 'is_archived',
  signal: ['updated_at'],
};

/** A member's doings leave no trace on the member, so there is no signal. */
export const byMember = byId('member', 'members', 'memberId');

/** Giving a user attribute to somebody does not move its `updatedAt`, so there is no signal. */
export const byUserAttribute = byId('user attribute', 'user_attributes', 'userAttributeId');
