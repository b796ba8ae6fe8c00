/** Answers are made many at a time; one that can't be made is named, and nothing is changed. */
import { expect, it } from 'vitest';
import { buildModels } from '../../src/analytics/build.ts';
import { models } from '../../src/analytics/model-catalogue.ts';
import { openTestDatabase } from '../support/database.ts';

it('an answer that cannot be made is named', async () => {
  await using test = await openTestDatabase();
  const broken = models.map((model) =>
    model.name === 'growth' ? { ...model, sql: () => 'select no_such_column from sigma.workbooks' } : model,
  );
  const options = { staleDays: 90, internalDomains: [], auditLog: undefined };
  const build = (given: typeof models) =>
    test.database.transaction((session) => buildModels(session, test.schemas, given, options));
  await expect(build(broken)).rejects.toThrow(/"growth".*no_such_column/);
  const left = await test.database.session((session) =>
    session.query(`select model from sigma_sync.analytics`),
  );
  expect(left).toEqual([]);
  expect((await build(models)).created).toEqual(models.map(({ name }) => name));
});
