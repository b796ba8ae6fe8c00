/** Data models and datasets, which other streams name. */
import type { Stamped } from '../../store/entry.ts';
import { tableOf } from '../../store/store.ts';
import { documentParent } from '../parents.ts';

export interface Dataset extends Stamped {
  readonly urlId: string;
  name: string;
  readonly description: string;
  readonly parentId: string;
  /** In someone else's My Documents: listed only with skipPermissionCheck. */
  readonly hidden: boolean;
  archived: boolean;
  /** Raised with `updatedAt`; its sources follow from it. */
  version: number;
}

export const datasetsOf = tableOf<Dataset>();
export const datasetParent = documentParent('datasetId', 'dataset', datasetsOf);

/** A tag on a data model. Its name is the version tag's. */
interface DataModelTag {
  readonly versionTagId: string;
  readonly sourceVersion: number;
  readonly taggedAt: number;
}

export interface DataModel extends Stamped {
  readonly urlId: string;
  name: string;
  readonly parentId: string;
  readonly ownerId: string;
  /** In someone else's My Documents: listed only with skipPermissionCheck. */
  readonly hidden: boolean;
  archived: boolean;
  version: number;
  readonly baseVersion: number;
  readonly pages: number;
  readonly elements: number;
  /** Data models are not copied when they are tagged. */
  readonly taggedFrom: undefined;
  tags: readonly DataModelTag[];
}

export const dataModelsOf = tableOf<DataModel>();
export const dataModelParent = documentParent('dataModelId', 'data model', dataModelsOf);
