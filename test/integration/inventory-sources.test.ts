/** The sources that the inventory counts are those that the lineage shows: one answer, and not two. */
import { expect, it } from 'vitest';
import type { Novelties } from '../../simulator/http/novelties.ts';
import { refreshAnalytics } from '../../src/analytics/refresh-analytics.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { startRig } from '../support/rig.ts';

const SETTINGS = { enabled: true, staleDays: 90, internalDomains: [], auditLog: undefined };
const STREAMS = catalogue.filter(({ optIn }) => optIn !== true);

it.each([
  ['by document', {}],
  ['by element', { documentLineage: false }],
] as [string, Partial<Novelties>][])(
  'of a workbook are those of its lineage, read %s',
  async (_, novelties) => {
    const organization = { seed: 12, workbooks: 30, members: 8, teams: 3, grants: 20, reports: 2 };
    await using rig = await startRig({ streams: STREAMS, organization, novelties });
    await rig.sync();
    // Sources may be refused where lineage is not.
    const query = (sql: string): Promise<Record<string, unknown>[]> =>
      rig.test.database.session((session) => session.query(sql));
    await query(`update sigma.workbook_sources set _deleted_at = now()
                  where workbook_id in (select workbook_id from sigma.workbooks order by 1 limit 15)`);
    const { database, schemas } = rig.test;
    const now = (): number => performance.now();
    const refreshed = await refreshAnalytics({
      database,
      schemas,
      settings: SETTINGS,
      events: rig.events,
      now,
    });
    expect(refreshed.error).toBeUndefined();
    const differing = await query(`
      with seen as (
        select split_part(l.downstream_id, ':', 1) as workbook_id,
               count(distinct l.upstream_id) filter (where l.upstream_type = 'table')::integer as tables,
               count(distinct l.upstream_id) filter (where l.upstream_type = 'dataset')::integer as datasets,
               count(distinct l.upstream_id) filter (where l.upstream_type = 'data-model')::integer as models
          from sigma_analytics.lineage l where l.downstream_type in ('workbook', 'element') group by 1)
      select i.workbook_id, i.sources, i.source_tables, s.tables
        from sigma_analytics.workbook_inventory i left join seen s on s.workbook_id = i.workbook_id
       where i.source_tables <> coalesce(s.tables, 0) or i.source_datasets <> coalesce(s.datasets, 0)
          or i.source_data_models <> coalesce(s.models, 0)
          or i.sources < i.source_tables + i.source_datasets + i.source_data_models
          or (i.source_signature is null) <> (i.sources = 0)`);
    expect(differing).toEqual([]);
    const [some] = await query(`
      select count(*)::integer as workbooks, count(*) filter (where i.source_tables > 0)::integer as by_lineage
        from sigma_analytics.workbook_inventory i
       where i.workbook_id in (select workbook_id from sigma.workbooks order by 1 limit 15)`);
    expect(some?.['workbooks']).toBe(15);
    expect(Number(some?.['by_lineage'])).toBeGreaterThan(0);
  },
);
