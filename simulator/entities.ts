/**
 * The objects of an organization as the simulator keeps them: compact, with times as milliseconds. What the API
 * shows of them is made by `entries.ts`.
 */
import type { HasOrder, Ordered } from './store/ordered.ts';

/** An entry as the API gives it. */
export type Entry = Record<string, unknown>;

/** Who made and last changed an object, and when (milliseconds since 1970). */
export interface Stamps {
  createdBy: string;
  updatedBy: string;
  createdAt: number;
  updatedAt: number;
}

export interface Member extends Stamps, HasOrder {
  readonly id: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  readonly memberType: string;
  readonly userKind: string;
  readonly homeFolderId: string;
  readonly profileImgUrl: string | null;
  archived: boolean;
  inactive: boolean;
}

/** A member in a team. The API calls the member `userId` here and `memberId` elsewhere. */
export interface Membership extends HasOrder {
  readonly userId: string;
  readonly isTeamAdmin: boolean;
  readonly addedBy: string;
}

export interface Team extends Stamps, HasOrder {
  readonly id: string;
  name: string;
  readonly description: string | null;
  readonly visibility: 'public' | 'private';
  readonly members: Ordered<Membership>;
}

export interface Workspace extends Stamps, HasOrder {
  readonly id: string;
  readonly urlId: string;
  name: string;
}

export interface Folder extends Stamps, HasOrder {
  readonly id: string;
  readonly urlId: string;
  readonly name: string;
  readonly parentId: string;
  readonly ownerId: string;
}

/** A tag on a workbook. Its name is the version tag's. */
export interface Tag {
  readonly versionTagId: string;
  readonly sourceWorkbookVersion: number;
  readonly taggedWorkbookId: string;
  readonly taggedAt: number;
}

export interface Workbook extends Stamps, HasOrder {
  readonly id: string;
  readonly urlId: string;
  name: string;
  /** A folder, a workspace or a member's home folder. */
  readonly parentId: string;
  readonly ownerId: string;
  readonly description: string | undefined;
  /** In someone else's My Documents: even an admin sees it only with skipPermissionCheck. */
  readonly hidden: boolean;
  readonly exploration: boolean;
  /** Id of the workbook this is a tagged version of. */
  readonly taggedFrom: string | undefined;
  tags: Tag[] | undefined;
  archived: boolean;
  version: number;
  /** Version the children were first generated for; later ones are replayed from it. */
  readonly baseVersion: number;
  readonly pages: number;
  readonly elements: number;
  /** When the versions after the base version were published. */
  published?: number[];
}

export interface Grant extends Stamps, HasOrder {
  readonly id: string;
  readonly inodeId: string;
  readonly inodeType: 'workbook' | 'folder' | 'data-model' | 'dataset' | 'connection' | 'connection-path';
  readonly memberId: string | null;
  readonly teamId: string | null;
  permission: string;
}
