/** Why can A see B? */
import { sqlState } from '../../../database/errors.ts';
import type { Row } from '../../../database/database.ts';
import { type Asker, anywhere } from './statement.ts';

/** A member or an object that was found. */
export interface Named extends Row {
  readonly id: string;
  readonly name: string | null;
  readonly note: string | null;
}

/** One path of access. */
export interface PathRow extends Row {
  readonly permission: string;
  readonly via: string;
  readonly team_id: string | null;
  readonly team_name: string | null;
  readonly inherited_from: string | null;
  readonly inherited_name: string | null;
  readonly inherited_type: string | null;
  readonly grant_id: string | null;
}

/** Names that a text may stand for, and paths where it is clear which. */
export interface WhyAnswer {
  readonly members: readonly Named[];
  readonly objects: readonly Named[];
  /** Undefined where member or object are not clear, or nothing was asked. */
  readonly paths: readonly PathRow[] | undefined;
  /** What kept the database from an answer: the history does not go back so far. */
  readonly tooEarly: string | undefined;
}

const MOST = 10;

/** @param at a time as ISO 8601; undefined for now. */
export async function why(
  asker: Asker,
  member: string | undefined,
  object: string | undefined,
  at: string | undefined,
): Promise<WhyAnswer> {
  const members = member === undefined ? [] : await findMembers(asker, member);
  const objects = object === undefined ? [] : await findObjects(asker, object);
  const [one, other] = [members[0], objects[0]];
  if (members.length !== 1 || objects.length !== 1 || one === undefined || other === undefined)
    return { members, objects, paths: undefined, tooEarly: undefined };
  const when = at === undefined ? '' : ', $3';
  try {
    const paths = await asker.rows<PathRow>(
      `select * from ${asker.model('why_access')}($1, $2${when})`,
      at === undefined ? [one.id, other.id] : [one.id, other.id, at],
    );
    return { members, objects, paths, tooEarly: undefined };
  } catch (error) {
    if (sqlState(error) !== NO_DATA_FOUND) throw error;
    const tooEarly = error instanceof Error ? error.message : '';
    return { members, objects, paths: undefined, tooEarly };
  }
}

const NO_DATA_FOUND = 'P0002';

/** By id, by address, else by a part of the name: an exact one wins. */
async function findMembers(asker: Asker, text: string): Promise<Named[]> {
  const found = await asker.rows<Named & { exact: boolean }>(
    `select a.member_id as id, a.name, a.email as note, a.member_id = $1 or lower(a.email) = lower($1) as exact
  from ${asker.model('member_activity')} a
 where a.member_id = $1 or lower(a.email) = lower($1) or a.name ilike $2 or a.email ilike $2
 order by exact desc, a.name, a.member_id limit ${MOST}`,
    [text, anywhere(text)],
  );
  return found[0]?.exact === true ? found.slice(0, 1) : found;
}

async function findObjects(asker: Asker, text: string): Promise<Named[]> {
  const found = await asker.rows<Named & { exact: boolean }>(
    `select e.inode_id as id, e.name, concat_ws(' in ', e.type, nullif(e.folder_path, '')) as note, e.inode_id = $1 as exact
  from ${asker.model('access_exposure')} e
 where e.inode_id = $1 or e.name ilike $2
 order by exact desc, e.name, e.inode_id limit ${MOST}`,
    [text, anywhere(text)],
  );
  return found[0]?.exact === true ? found.slice(0, 1) : found;
}
