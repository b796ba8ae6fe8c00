/** `status` with more organizations than fit on a screen. */
import { expect, it } from 'vitest';
import { statusOfAll } from '../../src/cli/commands/inspect/status-of-all.ts';
import { type Printed, printingTo } from '../../src/cli/output/stdout.ts';
import { startManyAlertsRig } from '../support/many-alerts-rig.ts';

const NAMES = Array.from({ length: 27 }, (_, i) => `tenant_${String(i).padStart(2, '0')}`);

it('has what needs attention first, and counts the rest', async () => {
  await using many = await startManyAlertsRig(NAMES);
  await many.night(NAMES);
  await many.night(['tenant_05'], 'Sigma refused the client credentials.');
  for (const name of NAMES.slice(0, 26))
    await many.rig.rows(
      `insert into sigma_${name}_sync.streams (stream, last_run_id, last_status, last_attempt_at, last_success_at)
       select 'members', 'r', 'complete', now(), now() - interval '${name === 'tenant_03' ? 9000 : 1} hours'`,
    );
  const printed: Printed = { text: [], documents: [], exitCode: 0 };
  const all = {
    ...{ fleet: many.config, chosen: many.config.organizations, members: [], now: Date.now() },
    ...{ signal: new AbortController().signal, database: many.rig.database, redact: (text: string) => text },
  };
  await printingTo(printed, () => statusOfAll(all, {}));
  const lines = printed.text.join('').split('\n');
  expect(lines.filter((line) => line.startsWith('tenant_')).map((line) => line.split(' ')[0])).toEqual([
    'tenant_05',
    'tenant_03',
    'tenant_26',
  ]);
  expect(lines).toContain('27 organizations: 1 failed, 1 stale, 1 never loaded, 24 well.');
});
