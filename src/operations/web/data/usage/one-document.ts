/** One workbook or report. */

import type { Asker } from '../../../../analytics/asker.ts';
import type { Row } from '../../../../core/database/database.ts';
import { type Part, TOTAL } from '../counted.ts';
import { type AccessRow, administrates, MOST_ACCESS, ways } from './access-rows.ts';
import { edgesAmong, type LineageEdge, type LineageNode, MOST_NODES, nodesOf } from './lineage-of.ts';

/** Documents that have a page. */
export type DocumentKind = 'workbook' | 'report';

/** Openings that the page has. */
export const MOST_OPENINGS = 20;

/** Rows of the other lists that the page has; downloads have all. */
const FIRST: Part = { limit: 20, offset: 0 };

/** A part that is broken. */
export interface BrokenRow extends Row {
  readonly problem: string;
  readonly object_id: string;
  readonly name: string | null;
  readonly detail: string | null;
  readonly total: number;
}

/** A scheduled export. */
export interface ScheduleRow extends Row {
  readonly total: number;
  readonly id: string;
  readonly cron: string | null;
  readonly zone: string | null;
  readonly owner_id: string | null;
  readonly owner_name: string | null;
  readonly is_suspended: boolean | null;
  readonly disabled_at: Date | null;
}

/** A published version. */
export interface VersionRow extends Row {
  readonly total: number;
  readonly version: number;
  readonly published_at: Date | null;
  readonly published_by: string | null;
  readonly publisher_name: string | null;
  readonly tags: string | null;
}

export interface DocumentView {
  readonly document: Row & Readonly<Record<string, unknown>>;
  readonly access: readonly AccessRow[];
  readonly nodes: readonly LineageNode[];
  readonly edges: readonly LineageEdge[];
  /** Its openings, the latest first. */
  readonly openings: readonly (Row & {
    member_id: string;
    name: string | null;
    opened_at: Date;
    total: number;
  })[];
  readonly broken: readonly BrokenRow[];
  readonly schedules: readonly ScheduleRow[];
  readonly versions: readonly VersionRow[];
  readonly changes: readonly (Row & {
    changed_at: Date;
    run_id: string;
    operation: string;
    changed: string[] | null;
    total: number;
  })[];
}

/** @returns undefined where there is no such document. */
export async function documentView(
  asker: Asker,
  kind: DocumentKind,
  id: string,
): Promise<DocumentView | undefined> {
  const [document] = await asker.rows(
    `select i.* from ${asker.model(`${kind}_inventory`)} i where i.${kind}_id = $1`,
    [id],
  );
  if (document === undefined) return undefined;
  const access = await asker.rows<AccessRow>(
    `select x.*, ${ways(asker, 'x.paths')}
  from (select a.member_id, a.member_name, a.email, a.permission, a.can_edit, a.paths, (count(*) over ())::integer as total
          from ${asker.model('access_matrix')} a
         where a.inode_id = $1
         order by ${administrates('a.paths')}, a.can_edit desc, a.member_name, a.member_id
         limit ${MOST_ACCESS}) x
 order by administrates, x.can_edit desc, x.member_name, x.member_id`,
    [id],
  );
  const nodes = await nodesOf(asker, id, 'upstream_steps', MOST_NODES);
  const edges = await edgesAmong(asker, [id, ...nodes.map(({ node_id }) => node_id)]);
  const openings = await asker.rows<DocumentView['openings'][number]>(
    `select o.member_id, m.name, o.opened_at, (count(*) over ())::integer as total
  from ${asker.model('openings')}() o left join ${asker.model('member_activity')} m on m.member_id = o.member_id
 where o.object_id = $1
 order by o.opened_at desc, o.member_id limit ${MOST_OPENINGS}`,
    [id],
  );
  const changes = await asker.rows<DocumentView['changes'][number]>(
    `select c.changed_at, c.run_id, c.operation, c.changed, ${TOTAL}
  from ${asker.state('changes')} c
 where c.stream = '${kind}s' and c.key = array[$1]
 order by c.changed_at desc, c.change_id desc limit ${FIRST.limit}`,
    [id],
  );
  return {
    ...{ document, access, nodes, edges, openings, changes },
    broken: await brokenOf(asker, id, FIRST),
    schedules: await schedulesOf(kind)(asker, id, FIRST),
    versions: await versionsOf(kind)(asker, id, FIRST),
  };
}

/** Its broken parts. */
export const brokenOf = (asker: Asker, id: string, part: Part): Promise<BrokenRow[]> =>
  asker.rows<BrokenRow>(
    `select b.problem, b.object_id, b.name, b.detail, ${TOTAL}
  from ${asker.model('broken_elements')} b
 where b.document_id = $1 order by b.problem, b.object_id ${limited(part)}`,
    [id],
  );

type Read<T> = (asker: Asker, id: string, part: Part) => Promise<T[]>;

/** To whom it is sent and when, those at work first. */
export const schedulesOf =
  (kind: DocumentKind): Read<ScheduleRow> =>
  (asker, id, part) =>
    asker.rows<ScheduleRow>(
      `select s.scheduled_notification_id as id, s.schedule ->> 'cronSpec' as cron, s.schedule ->> 'timezone' as zone,
       s.owner_id, m.name as owner_name, s.is_suspended, s.disabled_at, ${TOTAL}
  from ${asker.table(`${kind}_schedules`)} s left join ${asker.model('member_activity')} m on m.member_id = s.owner_id
 where s.${kind}_id = $1 and s._deleted_at is null
 order by s.disabled_at is not null, s.is_suspended, s.scheduled_notification_id ${limited(part)}`,
      [id],
    );

/** Its published versions, the latest first. */
export const versionsOf =
  (kind: DocumentKind): Read<VersionRow> =>
  (asker, id, part) =>
    asker.rows<VersionRow>(
      `select v.version, v.published_at, v.published_by, m.name as publisher_name, ${TOTAL},
       (select string_agg(coalesce(t.name, x.tag ->> 'versionTagId'), ', ' order by t.name)
          from jsonb_array_elements(case jsonb_typeof(v.tags) when 'array' then v.tags else '[]' end) x(tag)
          left join ${asker.table('tags')} t on t.version_tag_id = x.tag ->> 'versionTagId') as tags
  from ${asker.table(`${kind}_versions`)} v left join ${asker.model('member_activity')} m on m.member_id = v.published_by
 where v.${kind}_id = $1 and v._deleted_at is null
 order by v.version desc ${limited(part)}`,
      [id],
    );

const limited = ({ limit, offset }: Part): string =>
  `limit ${limit}${offset === 0 ? '' : ` offset ${offset}`}`;
