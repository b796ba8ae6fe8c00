/** A small synced organization and refreshes of its answers. */
import { expect } from 'vitest';
import type { AnalyticsSettings } from '../../src/analytics/compile-analytics.ts';
import {
  type AnalyticsRequest,
  type AnalyticsResult,
  refreshAnalytics,
} from '../../src/analytics/refresh-analytics.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { type Rig, startRig } from './rig.ts';

export const SETTINGS: AnalyticsSettings = {
  ...{ enabled: true, staleDays: 90, internalDomains: [], auditLog: undefined },
};

/** A small organization, synced in all streams. */
export async function synced(): Promise<Rig> {
  const rig = await startRig({ organization: { seed: 11, workbooks: 8, members: 12 }, streams: catalogue });
  await rig.sync();
  return rig;
}

export async function refresh(
  { test: { database, schemas, events } }: Rig,
  more: Partial<AnalyticsRequest> = {},
): Promise<AnalyticsResult> {
  const now = (): number => performance.now();
  return refreshAnalytics({ database, schemas, settings: SETTINGS, events, now, ...more });
}

/** A refresh in which nothing fails; gives what was refreshed. */
export async function refreshed(rig: Rig, more: Partial<AnalyticsRequest> = {}): Promise<string[]> {
  const { error, models } = await refresh(rig, more);
  expect(error).toBeUndefined();
  expect(models.filter(({ status }) => status === 'failed')).toEqual([]);
  return models.filter(({ status }) => status === 'refreshed').map(({ model }) => model);
}

/** The failed models of a refresh, each with its error. */
export function failuresOf({ error, models }: AnalyticsResult): string[] {
  return [
    ...(error === undefined ? [] : [error]),
    ...models.flatMap((one) => (one.error === undefined ? [] : [`${one.model}: ${one.error}`])),
  ];
}

export const query = (
  rig: Rig,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> =>
  rig.test.database.session((session) => session.query(sql, parameters));
