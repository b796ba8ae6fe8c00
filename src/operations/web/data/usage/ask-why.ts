/** Why can A see B? */

import type { Asker } from '../../../../analytics/asker.ts';
import { allObjects } from '../../../../analytics/models/shared/objects.ts';
import type { Row } from '../../../../core/database/database.ts';
import { sqlState } from '../../../../core/database/database-error.ts';
import { TOTAL } from '../counted.ts';
import { idIn } from './id-in.ts';
import { anywhere } from './statement.ts';

/** A member or an object that was found. */
export interface Named extends Row {
  readonly id: string;
  readonly name: string | null;
  readonly note: string | null;
  /** Kind of the object; null of a member. */
  readonly type: string | null;
  readonly total: number;
}

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
  /** The reason why the database has no answer: the history does not go back so far. */
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

/**
 * Finds members by id or address, else by a part of the name. A deleted member may be asked for as of an earlier
 * time.
 */
async function findMembers(asker: Asker, text: string): Promise<readonly Named[]> {
  const found = await asker.rows<Found>(
    `select m.member_id as id, m.name, null as type, concat_ws(', ', m.email, case when m._deleted_at is not null then 'deleted' end) as note,
       m.member_id = $1 or lower(m.email) = lower($1) as exact, ${TOTAL}
  from (select r.*, nullif(concat_ws(' ', r.first_name, r.last_name), '') as name from ${asker.table('members')} r) m
 where m.member_id = $1 or lower(m.email) = lower($1) or m.name ilike $2 or m.email ilike $2
 order by exact desc, m._deleted_at is not null, m.name, m.member_id limit ${MOST}`,
    [text, anywhere(text)],
  );
  return clear(found);
}

async function findObjects(asker: Asker, text: string): Promise<readonly Named[]> {
  const found = await asker.rows<Found>(
    `select o.inode_id as id, o.name, o.type,
       concat_ws(' in ', o.type, nullif(o.path, '')) || case when o.gone then ', deleted' else '' end as note,
       o.inode_id = $1 or coalesce(o.url_id = $1, false) as exact, ${TOTAL}
  from (
    ${allObjects(asker.table, (row) => `, ${row}._deleted_at is not null as gone`)}
  ) o
 where o.inode_id = $1 or o.url_id = $1 or o.name ilike $2
 order by exact desc, o.gone, o.name, o.inode_id limit ${MOST}`,
    [idIn(text) ?? text, anywhere(text)],
  );
  return clear(found);
}

type Found = Named & { readonly exact: boolean };

/** An exact one needs no choice. */
const clear = (found: readonly Found[]): readonly Found[] =>
  found[0]?.exact === true ? found.slice(0, 1) : found;
