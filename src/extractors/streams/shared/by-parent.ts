/** The parents whose rows name the partitions of several streams. */
import type { PartitionKind } from '../../stream.ts';

/** What a workbook holds carries no timestamp: it is read again when the workbook's version or `updatedAt` moves. */
export const byWorkbook = {
  kind: 'workbook',
  parent: 'workbooks',
  parentColumn: 'workbook_id',
  param: 'workbookId',
  column: 'workbook_id',
  unless: 'is_archived',
  signal: ['latest_version', 'updated_at'],
} as const satisfies PartitionKind;

/** The same where a version tag makes a difference, which need not move either of them. */
export const byTaggedWorkbook = {
  ...byWorkbook,
  signal: [...byWorkbook.signal, 'tags'],
} as const satisfies PartitionKind;

/** As `byWorkbook`: data models have versions, and the API refuses the children of archived ones. */
export const byDataModel = {
  kind: 'data model',
  parent: 'data_models',
  parentColumn: 'data_model_id',
  param: 'dataModelId',
  column: 'data_model_id',
  unless: 'is_archived',
  signal: ['latest_version', 'updated_at'],
} as const satisfies PartitionKind;

/** As `byTaggedWorkbook`. */
export const byTaggedDataModel = {
  ...byDataModel,
  signal: [...byDataModel.signal, 'tags'],
} as const satisfies PartitionKind;

/** Datasets have no versions. */
export const byDataset: PartitionKind = {
  kind: 'dataset',
  parent: 'datasets',
  parentColumn: 'dataset_id',
  param: 'datasetId',
  column: 'dataset_id',
  unless: 'is_archived',
  signal: ['updated_at'],
};

/** What a member does leaves no trace on the member, so there is no signal. */
export const byMember: PartitionKind = {
  kind: 'member',
  parent: 'members',
  parentColumn: 'member_id',
  param: 'memberId',
  column: 'member_id',
};

/** Giving a user attribute to somebody does not move its `updatedAt`, so there is no signal. */
export const byUserAttribute: PartitionKind = {
  kind: 'user attribute',
  parent: 'user_attributes',
  parentColumn: 'user_attribute_id',
  param: 'userAttributeId',
  column: 'user_attribute_id',
};
