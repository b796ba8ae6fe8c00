/** The embedded database has one user and no roles: the commands say so. */
import { expect, it } from 'vitest';
import { ConfigError } from '../../src/core/errors.ts';
import { checkRoles } from '../../src/operations/roles/check-roles.ts';
import { roleStatements } from '../../src/operations/roles/create-roles.ts';
import { openTestDatabase } from '../support/database.ts';

it('refuses to make or check roles, and says why', async () => {
  await using test = await openTestDatabase({ migrated: false });
  const names = { writer: 'w', reader: 'r', schemas: test.schemas, exportsSchema: 'sigma_data' };
  for (const work of [checkRoles(test.database, names), roleStatements(test.database, names)]) {
    await expect(work).rejects.toThrow(ConfigError);
    await expect(work).rejects.toThrow('has no roles');
  }
});
