/** Follows an organization through its changes, and holds every answer against it after each sync. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Novelties } from '../../../simulator/http/novelties.ts';
import type { OrganizationOptions } from '../../../simulator/organization.ts';
import type { AnalyticsSettings } from '../../../src/analytics/compile-analytics.ts';
import { models } from '../../../src/analytics/model-catalogue.ts';
import { catalogue } from '../../../src/extractors/catalogue.ts';
import { startRig } from '../rig.ts';
import { access, changes, type Snapshot, snapshot, why } from './access.ts';
import { addCircles } from './circles.ts';
import { ask, expectAnswers, expectReason, expectSame, refresh, rowsOf } from './compare.ts';
import { KINDS, type Row, Seen } from './seen.ts';
import { prepare, stir } from './stir.ts';

const DAY = 86_400_000;
const ORGANIZATION = {
  ...{ workbooks: 26, members: 24, teams: 6, grants: 130, folders: 12, elements: 70 },
  ...{ connections: 3, dataModels: 8, datasets: 8 },
};
/** Workbooks of the simulator were made and changed from January to September 2026: this many days divide them. */
export const SETTINGS: AnalyticsSettings = {
  enabled: true,
  staleDays: Math.max(1, Math.floor((Date.now() - Date.UTC(2026, 6, 1)) / DAY)),
  internalDomains: [],
  auditLog: undefined,
};

/**
 * Syncs an organization once and again after each number of random changes, and at the end once more with what the
 * simulator can't make. Gives the models that never had a row, and those of documents that had none of a kind.
 */
export async function follow(
  options: OrganizationOptions,
  rounds: readonly number[],
  novelties: Partial<Novelties> = {},
): Promise<string[]> {
  const streams = catalogue.filter(({ optIn }) => optIn !== true);
  await using rig = await startRig({ streams, novelties, organization: { ...ORGANIZATION, ...options } });
  const { test, simulator } = rig;
  const { organization } = simulator;
  const seen = new Seen();
  prepare(organization);
  let before: Snapshot | undefined;
  const most = new Map<string, number>();
  const check = async (settings: AnalyticsSettings): Promise<void> => {
    await refresh(test, settings);
    await expectAnswers(test, seen, settings);
    for (const { name, kind } of models) {
      if (kind === 'function') continue;
      const [row] = await ask(test, `select count(*)::integer as n from sigma_analytics.${name}`);
      most.set(name, Math.max(most.get(name) ?? 0, Number(row?.['n'])));
    }
    for (const name of ['broken_elements', 'lineage_nodes'])
      for (const { type } of KINDS) {
        const [row] = await ask(
          test,
          `select count(*)::integer as n from sigma_analytics.${name} where document_type = $1`,
          [type],
        );
        const part = `${name} of a ${type}`;
        most.set(part, Math.max(most.get(part) ?? 0, Number(row?.['n'])));
      }
  };
  const earlier: { at: string; pairs: [string, Row[], unknown][] }[] = [];
  for (const mutations of [0, ...rounds]) {
    if (mutations > 0) stir(organization, mutations);
    await rig.sync({ acceptDeletions: true });
    expect(await rig.differences()).toEqual([]);
    seen.look(organization);
    await check(SETTINGS);
    const wanted = before === undefined ? [] : changes(before, seen);
    expectSame('access_changes', await lastChanges(test), wanted, 'grant_id', 'team_id', 'member_id');
    before = snapshot(seen);
    await sleep(3);
    const pairs = [...access(seen)].filter((_, i) => i % 60 === 0);
    earlier.push({
      at: new Date().toISOString(),
      pairs: pairs.map(([pair, { paths, permission }]) => [pair, why(seen, { paths }), permission]),
    });
    await sleep(3);
  }
  // Names are those of today, so only what had its names then can be compared.
  for (const { at, pairs } of earlier)
    for (const [pair, reasons, strongest] of pairs.slice(0, 8))
      await expectReason(test, pair, reasons.map(withoutNames), strongest, at, withoutNames);

  await addCircles(test, seen);
  await check({ ...SETTINGS, internalDomains: ['EXAMPLE.com', 'other.example'] });
  return [...most].filter(([, n]) => n === 0).map(([name]) => name);
}

const withoutNames = ({ team_name, inherited_name, ...row }: Row): Row => row;

/** The findings of the last run, without its time. */
async function lastChanges(test: Parameters<typeof ask>[0]): Promise<Row[]> {
  const [rows] = await rowsOf(
    test,
    `(select * from sigma_analytics.access_changes where run_id = (
        select run_id from sigma_sync.runs order by started_at desc limit 1))`,
  );
  return rows.map(({ changed_at, run_id, ...row }) => {
    expect(changed_at).not.toBeNull();
    return row;
  });
}
