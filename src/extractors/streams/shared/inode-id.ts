import { longIdOf } from '../../../sigma/ids.ts';

const PREFIX = 'inode-';

/** A node of lineage by its long id where its own is `inode-` and a short one: tables and datasets. [peer DataHub] */
export function nodeIdOf(id: string): string {
  return id.startsWith(PREFIX) ? (longIdOf(id.slice(PREFIX.length)) ?? id) : id;
}
