/** On every supported PostgreSQL a fresh database, which is made in one step, is the one that the migrations make. */
import { describe, expect, it } from 'vitest';
import { openPostgres } from '../../src/core/database/postgres.ts';
import { schemasFor } from '../../src/state/schemas.ts';
import { hasServer } from '../support/native-server.ts';
import { startPrivatePostgres } from '../support/postgres-server.ts';
import { madeBothWays } from '../support/whole-schema.ts';

const MAJORS = [13, 14, 15, 16, 17, 18];
const missing = MAJORS.filter((major) => !hasServer(major));
if (missing.length > 0)
  console.warn(`PostgreSQL ${missing.join(', ')} skipped: scripts/install-servers.sh installs them`);

describe('made in one step as by the migrations', () => {
  for (const major of MAJORS) {
    it.skipIf(!hasServer(major))(`PostgreSQL ${major}`, async () => {
      await using server = await startPrivatePostgres({ major });
      const database = openPostgres({ url: server.url });
      try {
        const { atOnce, byMigrations } = await madeBothWays(database, schemasFor('sigma'));
        expect(atOnce).toEqual(byMigrations);
      } finally {
        await database.close();
      }
    });
  }
});
