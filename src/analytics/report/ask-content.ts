/** The digest's sections on documents: use, neglect, exposure, schedules. */

import type { Report, Thing, Top } from './digest.ts';
import type { DigestAsker } from './digest-asker.ts';

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
  const used = (id: string): string =>
    `\n  left join (${ofBoth((document) => `select x.${document}_id as id, x.openers from ${model(`${document}_inventory`)} x`)}) u on u.id = ${id}`;
  return {
    // Recent files and the audit log together. Privacy settings may hide who it was.
    mostOpened: await top(
      {
        base: `select i.type, i.id, i.name, i.url, o.n, o.last
         from ${documents} i
         join (select p.object_id, count(distinct p.member_id)::integer as n, max(p.opened_at) as last
                 from ${model('openings')}() p where p.opened_at between $1 and $2 group by p.object_id) o
           on o.object_id = i.id
        where i.type <> 'data-model'`,
        ...{ from: 'base b', id: 'b.id', name: 'b.name', url: 'b.url' },
        detail: `${kindOf('b.type')} || case b.n when 0 then 'by hidden members' when 1 then '1 member' else b.n || ' members' end`,
        order: 'b.n desc, b.last desc, b.id',
      },
      range,
    ),
    stale: await top({
      base: ofBoth(
        (
          document,
        ) => `select '${document}' as type, x.${document}_id as id, x.name, x.url, x.owner_name, x.idle_days
                 from ${model(`stale_${document}s`)} x`,
      ),
      ...{ from: 'base s', id: 's.id', name: 's.name', url: 's.url', order: 's.idle_days desc, s.id' },
      detail: `${kindOf('s.type')} || s.idle_days || ' days' || coalesce(', by ' || s.owner_name, '')`,
    }),
    orphaned: await top({
      from: `${model('orphaned_content')} o`,
      joins: used('o.inode_id'),
      ...{ id: 'o.inode_id', name: 'o.name' },
      detail: `replace(o.type, '-', ' ') || ', ' || coalesce(o.owner_name || ' is ', 'owner ') || o.reason`,
      order: 'coalesce(u.openers, 0) desc, o.updated_at desc nulls last, o.inode_id',
    }),
    broken: await top({
      from: `${model('broken_elements')} b`,
      joins: used('b.document_id'),
      ...{ id: 'b.document_id', name: 'b.document_name', url: 'b.document_url' },
      detail: `${kindOf('b.document_type')} || b.problem || coalesce(': ' || b.name, '')`,
      order: 'coalesce(u.openers, 0) desc, b.document_id, b.object_id',
    }),
    duplicates: await top({
      from: `(${ofBoth(
        (document) => `select '${document}' as type, x.${document}_id as id, x.name, x.url, x.copies
                 from ${model(`duplicate_${document}s`)} x where x.is_most_used`,
      )}) d`,
      ...{ id: 'd.id', name: 'd.name', url: 'd.url', order: 'd.copies desc, d.id' },
      detail: `${kindOf('d.type')} || d.copies || ' copies'`,
    }),
  };
}

/** @throws DatabaseError */
export async function askExposure({ top, model }: DigestAsker): Promise<Report['exposure']> {
  const exposed = (detail: string, where: string, order: string): Promise<Top<Thing>> =>
    top({
      from: `${model('access_exposure')} e`,
      ...{ id: 'e.inode_id', name: 'e.name', detail },
      ...{ where: `not e.is_archived and ${where}`, order: `${order}, e.inode_id` },
    });
  return {
    everyone: await exposed(
      `replace(e.type, '-', ' ') || case when e.editors > 0 then ', ' || e.editors || ' can edit' else '' end`,
      'e.everyone',
      'e.editors desc',
    ),
    external: await exposed(
      `replace(e.type, '-', ' ') || ', ' || e.external_viewers || ' external of ' || e.viewers || case e.viewers when 1 then ' viewer' else ' viewers' end`,
      'e.external_viewers > 0',
      'e.external_viewers desc, e.viewers desc',
    ),
    publicEmbeds: await exposed(
      `e.public_embeds || case e.public_embeds when 1 then ' embed' else ' embeds' end`,
      'e.public_embeds > 0',
      'e.public_embeds desc',
    ),
  };
}

/** @throws DatabaseError */
export async function askSchedules({ rows, top, model, range }: DigestAsker): Promise<Report['schedules']> {
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
    failures: await top(
      {
        from: `${model('schedule_failures')} f`,
        where: 'f.failed_at between $1 and $2',
        ...{ id: 'f.object_id', name: 'f.name', detail: `f.kind || coalesce(': ' || f.detail, '')` },
        order: 'f.failed_at desc, f.object_id',
      },
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
  const verdict = (name: string, detail: string, order: string): Promise<Top<Thing>> =>
    top({
      from: `${model('licence_use')} l`,
      where: `l.verdict = '${name}'`,
      ...{ id: 'l.member_id', name: 'coalesce(l.name, l.email)', url: 'null::text' },
      detail: `concat_ws(', ', l.member_type, ${detail})`,
      order: `coalesce(l.can_make, false) desc, ${order}, l.member_id`,
    });
  return {
    inUse: used?.n ?? 0,
    couldStepDown: await verdict('could step down', `'creates nothing'`, 'l.last_seen_at desc'),
    neverSeen: await verdict('never seen', `'since ' || to_char(l.created_at, 'YYYY-MM-DD')`, 'l.created_at'),
    idle: await verdict('idle', `'for ' || l.idle_days || ' days'`, 'l.last_seen_at'),
  };
}
