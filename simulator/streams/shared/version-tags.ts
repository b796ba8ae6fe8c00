/** Tags that can be set on versions of workbooks and data models. */
import type { Stamps } from '../../store/entry.ts';
import { type HasOrder, Registry } from '../../store/ordered.ts';
import { oneOf, type Store } from '../../store/store.ts';

export interface VersionTag extends Stamps, HasOrder {
  readonly id: string;
  name: string;
  readonly description: string | undefined;
  readonly ownerId: string;
  readonly archived: boolean;
}

export const versionTagsOf = oneOf(() => new Registry<VersionTag>());

/** The name of a tag; empty where it is gone. */
export function tagName(store: Store, versionTagId: string): string {
  return versionTagsOf(store).get(versionTagId)?.name ?? '';
}
