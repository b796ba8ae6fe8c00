/** Pieces of SQL that several models share. */

import { quoteLiteral } from '../../../core/database/database.ts';
import type { Names } from '../../model.ts';

/** A text as an SQL list's element. */
export const texts = (values: readonly string[]): string => values.map(quoteLiteral).join(', ');

/** First and last name of a member; null without either. */
export const fullName = (member: string): string =>
  `nullif(concat_ws(' ', ${member}.first_name, ${member}.last_name), '')`;

/**
 * A text as words in lower case: marks are spaces. Letters of all languages stay, also where the database knows only those
 * of English.
 */
export const searchWords = (text: string): string =>
  `translate(lower(${text}), ${quoteLiteral(MARKS)}, ${quoteLiteral(' '.repeat(MARKS.length))})`;

/** The words of a text, as {@link searchWords} makes them. */
export function wordsOf(text: string): string[] {
  const plain = [...text.toLowerCase()].map((one) => (MARKS.includes(one) ? ' ' : one)).join('');
  return plain.split(/\s+/u).filter((word) => word !== '');
}

const MARKS = '._-/\\()[]{}<>,;:!?"\'`|#&+*=~^%$';

/** True for an administrator, who may see and change everything: the API marks them only by account type. */
export const isAdministrator = (member: string): string =>
  `coalesce(lower(${member}.member_type) = 'admin', false)`;

/** The domain of a member's address, in lower case, or its hash; null without one. */
export const domainOf = (member: string): string =>
  `coalesce(lower(nullif(split_part(${member}.email, '@', 2), '')), ${member}.email_domain)`;

/** A path of a connection as SQL writes it: `DATABASE.SCHEMA.TABLE`; null for anything but a JSON array. */
export const dotted = (path: string): string =>
  `case jsonb_typeof(${path}) when 'array' then array_to_string(array(select jsonb_array_elements_text(${path})), '.') end`;

/** Length of a JSON array, 0 for anything else. */
export const lengthOf = (column: string): string =>
  `case jsonb_typeof(${column}) when 'array' then jsonb_array_length(${column}) else 0 end`;

/**
 * CTEs `containers` (folders and workspaces, each once) and `above` (container, ancestor: each, and whatever is said to
 * hold something, with itself and what is above it). UNION forgets what it had, so folders that contain each other end.
 * They need WITH RECURSIVE.
 */
export function aboveCtes({ live }: Pick<Names, 'live'>): string {
  return `containers as (
    select f.id, f.parent_id, f.type, f.name from ${live('files')} f where f.type in ('folder', 'workspace')
    union all
    select w.workspace_id, null, 'workspace', w.name from ${live('workspaces')} w
     where not exists (select from ${live('files')} f where f.id = w.workspace_id)
  ), above as (
    select c.id as container, c.id as ancestor from containers c
    union
    select f.parent_id, f.parent_id from ${live('files')} f where f.parent_id is not null
    union
    select a.container, c.parent_id from above a join containers c on c.id = a.ancestor where c.parent_id is not null
  )`;
}

/** Those of {@link aboveCtes}, and `granted`: all grants. */
export const accessCtes = (names: Names): string => `${aboveCtes(names)}, granted as materialized (
  select * from ${allGrants(names)} g
)`;

/**
 * A node of lineage as a number, which is looked up in half of the time of its id. 64 bits tell a million nodes apart but for
 * one chance in forty million, and then the unique index of lineage_nodes says so.
 */
export const nodeHash = (id: string): string => `hashtextextended(${id}, 0)`;

/** Rank of a permission, 0 for none that is known. */
export const rank = ({ raw }: Pick<Names, 'raw'>, permission: string): string =>
  `${raw('permission_rank')}(${permission})`;

/** Grants on objects and workspaces, each once: grant_id, inode_id, inode_type, member_id, team_id, permission. */
export function allGrants({ live }: Pick<Names, 'live'>): string {
  return `(
    select g.grant_id, g.inode_id, g.inode_type, g.member_id, g.team_id, g.permission, g.created_at
      from ${live('grants')} g where g.inode_id is not null
    union all
    select w.grant_id, w.workspace_id, 'workspace', w.member_id, w.team_id, w.permission, w.created_at
      from ${live('workspace_grants')} w
     where not exists (select from ${live('grants')} g where g.grant_id = w.grant_id))`;
}
