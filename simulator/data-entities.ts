/** Connections, data models and datasets as the simulator keeps them. */
import type { Stamps } from './entities.ts';
import type { HasOrder } from './store/ordered.ts';

export interface Connection extends Stamps, HasOrder {
  readonly id: string;
  name: string;
  readonly type: string;
  readonly isAuditLog: boolean;
  archived: boolean;
  readonly lastActiveAt: number;
}

/** A database, schema or table of a connection. */
export interface ConnectionPath extends HasOrder {
  /** The `urlId` of the listing, by which its grants are found. */
  readonly id: string;
  /** Id of the object itself, which its grants name. */
  readonly inodeId: string;
  readonly connectionId: string;
  readonly path: readonly string[];
}

/** A tag on a data model. Its name is the version tag's. */
export interface DataModelTag {
  readonly versionTagId: string;
  readonly sourceVersion: number;
  readonly taggedAt: number;
}

export interface DataModel extends Stamps, HasOrder {
  readonly id: string;
  readonly urlId: string;
  name: string;
  readonly parentId: string;
  readonly ownerId: string;
  archived: boolean;
  version: number;
  readonly baseVersion: number;
  readonly pages: number;
  readonly elements: number;
  /** Data models are not copied when they are tagged. */
  readonly taggedFrom: undefined;
  tags: readonly DataModelTag[];
}

export interface Dataset extends Stamps, HasOrder {
  readonly id: string;
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
