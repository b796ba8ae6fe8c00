/** Hidden values are not in the statistics of the database either. */
import { expect, it } from 'vitest';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { compilePrivacy, type PrivacySettings } from '../../src/loaders/privacy/compile-privacy.ts';
import { type Rig, startRig } from '../support/rig.ts';
import { runThrough } from '../support/through.ts';

const KEY = 'a key of the privacy tests';
const privacyOf = (columns: PrivacySettings['columns']) => compilePrivacy({ key: KEY, columns }, catalogue);

/** Every statistic of the tables, of the parents of partitions as well. */
async function statistics({ test: { database } }: Rig): Promise<string> {
  const rows = await database.session((session) =>
    session.query<{ text: string }>(
      `select to_jsonb(s)::text as text from pg_stats s where schemaname in ('sigma', 'sigma_sync', 'sigma_analytics')`,
    ),
  );
  return rows.map(({ text }) => text).join('\n');
}

it('values that are hidden after they were stored are gone from pg_stats, those of the log as well', async () => {
  await using rig = await startRig({ organization: { seed: 4, workbooks: 4, members: 40 } });
  const sync = async (columns: PrivacySettings['columns']): Promise<void> => {
    const { error } = await runThrough(rig, (_, next) => next(), {}, { privacy: privacyOf(columns) });
    if (error !== undefined) throw error;
  };
  await sync({});
  rig.simulator.organization.addMember();
  await sync({});
  await rig.test.database.session((session) => session.query('analyze sigma.members, sigma_sync.changes'));
  const { email } = rig.simulator.organization.truth('members')[3] as { email: string };
  const domain = email.slice(email.indexOf('@'));
  expect(await statistics(rig)).toContain(domain);
  await sync({
    'members.email': 'hash',
    'members.first_name': 'drop',
    'members.last_name': 'drop',
    // Small tables have statistics after a load, and workbooks name their owner in a field without a column.
    'workbooks._raw.owner': 'drop',
  });
  expect(await statistics(rig)).not.toContain(domain);
});
