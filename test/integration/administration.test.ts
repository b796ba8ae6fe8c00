/** The small listings of 2026: followed where an organization has them, unavailable where it does not. */
import { expect, it } from 'vitest';
import { catalogue, withAncestors } from '../../src/extractors/catalogue.ts';
import { startRig, streamOf } from '../support/rig.ts';

it('what an organization lacks of 2026 is unavailable, and fails nothing', async () => {
  const names = ['api_clients', 'api_connectors', 'api_credentials', 'plugins', 'workbook_agents'];
  const more = ['source_swap_policies', 'deployment_policies', 'saml_certificates', 'column_security_rules'];
  const wanted = [...names, ...more];
  await using rig = await startRig({
    streams: withAncestors(catalogue, new Set([...wanted, 'organization_settings'])),
    organization: { workbooks: 5 },
    novelties: { administration: false },
  });
  const report = await rig.sync();
  expect(wanted.map((name) => streamOf(report, name).status)).toEqual(wanted.map(() => 'unavailable'));
  // Each setting may be missing by itself.
  expect(streamOf(report, 'organization_settings')).toMatchObject({ status: 'complete', read: 0 });
});

it('what it has follows its changes', async () => {
  await using rig = await startRig({
    streams: withAncestors(
      catalogue,
      new Set([
        'api_clients',
        'plugins',
        'saml_certificates',
        'organization_settings',
        'column_security_rules',
      ]),
    ),
    organization: { workbooks: 5 },
  });
  await rig.sync();
  expect(await rig.differences()).toEqual([]);
  const { organization } = rig.simulator;
  organization.renamePlugin();
  organization.deleteApiClient();
  organization.addSamlProvider();
  organization.deleteSamlProvider();
  organization.changeSetting('auditLogging');
  organization.publishDataModel();
  await rig.sync();
  expect(await rig.differences()).toEqual([]);
});
