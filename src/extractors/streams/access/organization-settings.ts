import { keepDigits } from '../../../core/exact-json.ts';
import { json, text } from '../../fields.ts';
import { defineStream, type Endpoint } from '../../stream.ts';

/** All that the specification of August 2026 has. [AE] */
const NAMES = [
  ...['aiChatHistory', 'auditLogging', 'bulkCopy', 'comments', 'csvUpload', 'emailBranding'],
  ...['licenseUpgradeRequests', 'publicEmbeds', 'sampleConnections', 'timezone'],
];

/** Each setting is an object of its own; nobody has seen its fields. A 404 means that the setting does not exist. */
function settingAt(name: string): Endpoint {
  return {
    path: `/v2/organizations/settings/${name}`,
    paging: 'object',
    entries: (settings) => {
      const entry = { name, settings };
      return [keepDigits(entry, entry, settings)];
    },
    refusals: { 404: 'nothing' },
  };
}

export const organizationSettings = defineStream({
  name: 'organization_settings',
  description: 'Settings of the organization: one row for each of them.',
  key: ['name'],
  sources: [{ name: 'settings', listings: NAMES.map(settingAt) }],
  caveats: 'The values of settings are not documented. For admins only.',
  fields: {
    name: text('Setting: auditLogging, publicEmbeds, timezone, …'),
    settings: json('Its value, as the API sends it'),
  },
});
