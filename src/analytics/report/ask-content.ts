/** The digest's sections on documents: use, neglect, exposure, schedules. */
import type { DigestAsker } from './digest-asker.ts';
import type { Report } from './digest.ts';

/** Leads the details of a document, unless it is a workbook, as most are. */
const kindOf = (type: string): string => `case ${type} when 'workbook' then '' else ${type} || ', ' end`;

/** The same of workbooks and of reports, one after the other. */
const ofBoth = (make: (document: string) => string): string =>
  ['workbook', 'report'].map(make).join(' union all ');

/** @throws DatabaseError */
export async function askContent({
  top,
  model,
  documents,
  range,
}: DigestAsker): Promise<Pick<Report, 'mostOpened' | 'stale' | 'orphaned' | 'broken' | 'duplicates'>> {
  return {
    // Recent files and the audit log together. Privacy settings may hide who it was.
    mostOpened: await top(
      `select i.id, i.name, i.url,
              ${kindOf('i.type')} || case o.n when 0 then 'by hidden members' when 1 then '1 member' else o.n || ' members' end as detail
         from ${documents} i
         join (select p.object_id, count(distinct p.member_id)::integer as n, max(p.opened_at) as last
                 from ${model('openings')}() p where p.opened_at between $1 and $2 group by p.object_id) o
           on o.object_id = i.id
        where i.type <> 'data-model'
        order by o.n desc, o.last desc, i.id`,
      range,
    ),
    stale: await top(
      `select s.id, s.name, s.url,
              ${kindOf('s.type')} || s.idle_days || ' days' || coalesce(', by ' || s.owner_name, '') as detail
         from (${ofBoth(
           (
             document,
           ) => `select '${document}' as type, x.${document}_id as id, x.name, x.url, x.owner_name, x.idle_days
                 from ${model(`stale_${document}s`)} x`,
         )}) s order by s.idle_days desc, s.id`,
    ),
    orphaned: await top(
      `select o.inode_id as id, o.name, i.url,
              replace(o.type, '-', ' ') || ', ' || coalesce(o.owner_name || ' is ', 'owner ') || o.reason as detail
         from ${model('orphaned_content')} o left join ${documents} i on i.id = o.inode_id
        order by coalesce(i.openers, 0) desc, o.updated_at desc nulls last, o.inode_id`,
    ),
    broken: await top(
      `select b.document_id as id, b.document_name as name, b.document_url as url,
              ${kindOf('b.document_type')} || b.problem || coalesce(': ' || b.name, '') as detail
         from ${model('broken_elements')} b left join ${documents} i on i.id = b.document_id
        order by coalesce(i.openers, 0) desc, b.document_id, b.object_id`,
    ),
    duplicates: await top(
      `select d.id, d.name, d.url, ${kindOf('d.type')} || d.copies || ' copies' as detail
         from (${ofBoth(
           (document) => `select '${document}' as type, x.${document}_id as id, x.name, x.url, x.copies
                 from ${model(`duplicate_${document}s`)} x where x.is_most_used`,
         )}) d order by d.copies desc, d.id`,
    ),
  };
}

/** @throws DatabaseError */
export async function askExposure({ topWithUrls, model }: DigestAsker): Promise<Report['exposure']> {
  const exposed = (detail: string, where: string, order: string): string =>
    `select e.inode_id as id, e.name, ${detail} as detail
       from ${model('access_exposure')} e
      where not e.is_archived and ${where} order by ${order}, e.inode_id`;
  return {
    everyone: await topWithUrls(
      exposed(
        `replace(e.type, '-', ' ') || case when e.editors > 0 then ', ' || e.editors || ' can edit' else '' end`,
        'e.everyone',
        'e.editors desc',
      ),
    ),
    external: await topWithUrls(
      exposed(
        `replace(e.type, '-', ' ') || ', ' || e.external_viewers || ' external of ' || e.viewers || case e.viewers when 1 then ' viewer' else ' viewers' end`,
        'e.external_viewers > 0',
        'e.external_viewers desc, e.viewers desc',
      ),
    ),
    publicEmbeds: await topWithUrls(
      exposed(
        `e.public_embeds || case e.public_embeds when 1 then ' embed' else ' embeds' end`,
        'e.public_embeds > 0',
        'e.public_embeds desc',
      ),
    ),
  };
}

/** @throws DatabaseError */
export async function askSchedules({
  rows,
  topWithUrls,
  model,
  range,
}: DigestAsker): Promise<Report['schedules']> {
  const hours = await rows<{ day: number; hour: number; runs: number }>(
    `select s.day_of_week as day, s.hour, sum(s.runs)::float8 as runs from ${model('schedule_load')} s group by 1, 2`,
  );
  const byHour = Array.from({ length: 7 }, (_, day) =>
    Array.from(
      { length: 24 },
      (__, hour) => hours.find((row) => row.day === day + 1 && row.hour === hour)?.runs ?? 0,
    ),
  );
  return {
    runsPerWeek: Math.round(byHour.flat().reduce((sum, runs) => sum + runs, 0)),
    byHour,
    failures: await topWithUrls(
      `select f.object_id as id, f.name, f.kind || coalesce(': ' || f.detail, '') as detail
         from ${model('schedule_failures')} f
        where f.failed_at between $1 and $2 order by f.failed_at desc, f.object_id`,
      range,
    ),
  };
}

/** @throws DatabaseError */
export async function askLicences({ rows, top, model }: DigestAsker): Promise<Report['licences']> {
  const [used] = await rows<{ n: number }>(
    `select count(*)::integer as n from ${model('licence_use')} l where l.verdict = 'in use'`,
  );
  // First those whose licence allows to make things: it is the dear one.
  const verdict = (name: string, detail: string, order: string): string =>
    `select l.member_id as id, coalesce(l.name, l.email) as name, null::text as url, concat_ws(', ', l.member_type, ${detail}) as detail
       from ${model('licence_use')} l where l.verdict = '${name}'
      order by coalesce(l.can_make, false) desc, ${order}, l.member_id`;
  return {
    inUse: used?.n ?? 0,
    couldStepDown: await top(verdict('could step down', `'creates nothing'`, 'l.last_seen_at desc')),
    neverSeen: await top(
      verdict('never seen', `'since ' || to_char(l.created_at, 'YYYY-MM-DD')`, 'l.created_at'),
    ),
    idle: await top(verdict('idle', `'for ' || l.idle_days || ' days'`, 'l.last_seen_at')),
  };
}
