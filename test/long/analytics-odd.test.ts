/** Answers where what is stored is odd: values that nobody expects, refreshes that were cut off, values hidden since. */
import { describe, expect, it } from 'vitest';
import { type AnalyticsRequest, refreshAnalytics } from '../../src/analytics/analytics.ts';
import type { AnalyticsSettings } from '../../src/analytics/settings.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { applyPrivacy } from '../../src/privacy/apply.ts';
import { compilePrivacy } from '../../src/privacy/settings.ts';
import { type Rig, startRig } from '../support/rig.ts';

const SETTINGS: AnalyticsSettings = {
  ...{ enabled: true, staleDays: 90, internalDomains: [], auditLog: undefined },
};

async function synced(): Promise<Rig> {
  const rig = await startRig({ organization: { seed: 11, workbooks: 8, members: 12 }, streams: catalogue });
  await rig.sync();
  return rig;
}

const query = (rig: Rig, sql: string): Promise<Record<string, unknown>[]> =>
  rig.test.database.session((session) => session.query(sql));

/** What failed, and what was refreshed. */
async function refresh(
  { test: { database, schemas, events } }: Rig,
  more: Partial<AnalyticsRequest> = {},
): Promise<{ failed: string[]; refreshed: string[] }> {
  const now = (): number => performance.now();
  const result = await refreshAnalytics({ database, schemas, settings: SETTINGS, events, now, ...more });
  const named = (status: string): string[] =>
    result.models
      .filter((one) => one.status === status)
      .map(({ model, error }) => (error === undefined ? model : `${model}: ${error}`));
  return {
    failed: [...(result.error === undefined ? [] : [result.error]), ...named('failed')],
    refreshed: named('refreshed'),
  };
}

describe('a refresh', () => {
  it('of what is made of a model is done by the next one, where it failed', async () => {
    await using rig = await synced();
    expect((await refresh(rig)).failed).toEqual([]);
    await query(
      rig,
      `insert into sigma.dataset_sources (dataset_id, source_key, inode_id, type, _first_synced_at, _synced_at, _raw)
       select dataset_id, 'new', 'a-new-source', 'table', now(), now(), '{}' from sigma.datasets limit 1`,
    );
    // An index that fails for this row alone.
    await query(
      rig,
      `create index in_the_way on sigma_analytics.lineage_nodes ((1 / (case node_id when 'a-new-source' then 0 else 1 end)))`,
    );
    const cut = await refresh(rig);
    expect(cut.refreshed).toEqual(['lineage']);
    expect(cut.failed).toEqual([expect.stringMatching(/^lineage_nodes: .*division by zero/)]);
    await query(rig, 'drop index sigma_analytics.in_the_way');
    expect(await refresh(rig)).toEqual({ failed: [], refreshed: ['lineage_nodes'] });
    expect(
      await query(rig, `select type from sigma_analytics.lineage_nodes where node_id = 'a-new-source'`),
    ).toEqual([{ type: 'table' }]);
    expect(await refresh(rig)).toEqual({ failed: [], refreshed: [] });
  });
});

describe('a value that privacy settings hide', () => {
  it('is in no answer after the next refresh', async () => {
    await using rig = await synced();
    await refresh(rig);
    const { database, schemas } = rig.test;
    const privacy = compilePrivacy({ columns: { 'members.email': 'drop' } }, catalogue);
    const plain = `select count(email)::integer as n from sigma_analytics.member_activity`;
    expect(await query(rig, plain)).not.toEqual([{ n: 0 }]);
    await applyPrivacy(
      { database, schemas, streams: catalogue, privacy },
      rig.events,
      new AbortController().signal,
    );
    expect((await refresh(rig)).refreshed).toEqual(
      expect.arrayContaining(['workbook_inventory', 'member_activity']),
    );
    expect(await query(rig, plain)).toEqual([{ n: 0 }]);
    expect(await refresh(rig)).toEqual({ failed: [], refreshed: [] });
  });
});
