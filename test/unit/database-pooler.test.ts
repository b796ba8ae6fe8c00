/** The address to take instead of a pooler's, as the place has it. */
import { expect, it } from 'vitest';
import { directAddress } from '../../src/core/database/pooler.ts';

it.each([
  ['aws-0-eu-west-1.pooler.supabase.com:6543/postgres', 'port 5432 of the same host, which keeps sessions'],
  ['db.abcdefgh.supabase.co:6543/postgres', 'port 5432 of the same host, which keeps sessions'],
  [
    'ep-cool-name-123456-pooler.us-east-2.aws.neon.tech:5432/d',
    'the direct address (the host without "-pooler": ep-cool-name-123456.us-east-2.aws.neon.tech)',
  ],
  ['name.postgres.database.azure.com:6432/d', 'port 5432 of the same host'],
  ['pool.db.ondigitalocean.com:25061/d', 'the direct address of the cluster (mostly port 25060)'],
  ['10.0.0.1:6432/d', 'the direct address of the server, or one whose pool_mode is session'],
])('%s', (label, instead) => expect(directAddress(label)).toBe(instead));
