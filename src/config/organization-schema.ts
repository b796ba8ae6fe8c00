/** The settings of one organization of several: an entry of the list `organizations`, or a file of its own. */
import { z } from 'zod';
import { about, variable } from './about.ts';

/** Short enough for the names of its schemas, those of exports included. */
export const ORGANIZATION_NAME = /^[a-z0-9][a-z0-9_]{0,28}$/;

/** The rule for a name, in messages and the help. */
export const ORGANIZATION_NAME_WANTED =
  'a name of at most 29 lower-case letters, digits and underscores that does not start with an underscore';

/** A group as at the top of the file; it is checked once it is merged with that. */
const group = (name: string, example: Record<string, unknown>, more = '') =>
  about(z.record(z.string(), z.unknown()).nullish(), {
    description: `Settings of ${name} for this organization. They win over those at the top of the file.${more}`,
    'x-wanted': 'a group of settings',
    examples: [example],
  });

/** A list as at the top of the file, in its place. */
const list = (name: string, example: readonly unknown[]) =>
  about(z.array(z.unknown()).nullish(), {
    description: `Replaces the list ${name} at the top of the file.`,
    'x-wanted': `a list, as ${name} at the top of the file`,
    examples: [example],
  });

/** An organization. The process, its page, its log and its database are shared, so they stand at the top only. */
export const organization = z.strictObject({
  name: about(z.string().trim().regex(ORGANIZATION_NAME), {
    description: 'Name of the organization in commands, in schemas and in the column organization.',
    'x-wanted': ORGANIZATION_NAME_WANTED,
    examples: ['acme'],
  }),
  sigma: group('sigma', {
    region: 'aws-us-west',
    client_id: variable('ACME_CLIENT_ID'),
    client_secret_file: '/run/secrets/acme_client_secret',
  }),
  database: about(
    z.strictObject({ schema: z.unknown().optional(), exports_schema: z.unknown().optional() }).nullish(),
    {
      description:
        'Schemas of this organization: only schema and exports_schema. Without it, those at the top plus _ and the name.',
      'x-wanted': 'a group with schema, exports_schema or both',
      examples: [{ schema: 'sigma', exports_schema: 'sigma_data' }],
    },
  ),
  sync: group('sync', { opt_in: ['tenants'] }),
  history: group('history', { retention_months: 13 }),
  privacy: group('privacy', { columns: { 'members.email': 'hash' } }),
  analytics: group('analytics', { stale_days: 180 }),
  exports: list('exports', []),
  schedules: list('schedules', [{ name: 'nightly', cron: '15 2 * * *' }]),
  freshness: group('freshness', { hours: 48 }),
  retention: group('retention', { run_days: 100 }),
  alerts: list('alerts', []),
});
