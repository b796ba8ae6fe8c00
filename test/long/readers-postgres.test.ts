/**
 * Readers that others wrote take our tables as docs/destinations.md says. `scripts/install-python.sh readers` installs
 * them; without it these are skipped.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { openTestDatabase } from '../support/database.ts';
import { runProgram } from '../support/run-program.ts';

const PYTHON = join(resolve(import.meta.dirname, '../..'), '.tmp/readers/bin/python');

const READ = `
import json, sys
url, query = sys.argv[1:]
def told(table):
    return {name: [str(table.schema.field(name).type), str(table.column(name)[0].as_py())] for name in table.column_names}
import connectorx, adbc_driver_postgresql.dbapi
answers = {}
try:
    answers['connectorx'] = told(connectorx.read_sql(url, query, return_type='arrow'))
except RuntimeError as error:
    answers['connectorx'] = {'error': ['', str(error)]}
with adbc_driver_postgresql.dbapi.connect(url) as connection, connection.cursor() as cursor:
    cursor.execute(query)
    answers['adbc'] = told(cursor.fetch_arrow_table())
print(json.dumps(answers))
`;

it('connectorx and ADBC take numbers, times and JSON as the docs say', async ({ skip }) => {
  if (!existsSync(PYTHON)) skip('the readers are not installed: scripts/install-python.sh');
  await using test = await openTestDatabase({ migrated: false });
  await test.database.session((session) =>
    session.query(
      `create table public.taken as select 1.5::numeric as exact, 7::bigint as whole, true as flag, array['a', 'b'] as words,
         '2026-11-29 12:00:00+02'::timestamptz as at, '{"a": 1.10}'::jsonb as nested`,
    ),
  );
  type Answers = Record<'connectorx' | 'adbc', Record<string, [type: string, value: string]>>;
  const read = async (query: string): Promise<Answers> => {
    const { stdout, stderr } = await runProgram(PYTHON, ['-c', READ, test.url ?? '', query]);
    expect(stdout, stderr).not.toBe('');
    return JSON.parse(stdout) as Answers;
  };
  const { connectorx, adbc } = await read('select * from public.taken');
  const alike = { whole: ['int64', '7'], flag: ['bool', 'True'] };
  expect(connectorx).toMatchObject({
    ...alike,
    exact: ['decimal128(38, 10)', '1.5000000000'],
    at: [expect.stringContaining('timestamp[us, tz='), '2026-11-29 10:00:00+00:00'],
    nested: ['string', '{"a":1.1}'],
    words: [expect.stringContaining('list'), "['a', 'b']"],
  });
  expect(adbc).toMatchObject({
    ...alike,
    exact: [expect.stringContaining('string'), '1.5'],
    at: ['timestamp[us, tz=UTC]', '2026-11-29 10:00:00+00:00'],
    nested: [expect.stringContaining('json'), '{"a": 1.10}'],
    words: [expect.stringContaining('list'), "['a', 'b']"],
  });
  const digits = '12345678901234567890.123456789';
  const large = await read(`select ${digits}::numeric as exact`);
  expect(large.connectorx['error']?.[1]).toContain('decimal scale');
  expect(large.adbc['exact']?.[1]).toBe(digits);
});
