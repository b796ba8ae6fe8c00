/** Tags that can be set on versions of workbooks, reports and data models. */
import { noveltiesOf } from '../../http/endpoint.ts';
import type { Stamped } from '../../store/entry.ts';
import { type Store, tableOf } from '../../store/store.ts';

export interface VersionTag extends Stamped {
  name: string;
  readonly description: string | undefined;
  readonly ownerId: string;
  readonly archived: boolean;
}

export const versionTagsOf = tableOf<VersionTag>();

/** The name of a tag; empty where it is gone. */
export function tagName(store: Store, versionTagId: string): string {
  return versionTagsOf(store).get(versionTagId)?.name ?? '';
}

/** True where the entries of documents have their tags. */
export function listsTags(store: Store): boolean {
  return !noveltiesOf(store).tagsApart;
}
