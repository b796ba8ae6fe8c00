/** The lines of `check` about fields that may name people and are kept as they are. */
import { expect, it } from 'vitest';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { compilePrivacy, type PrivacySettings } from '../../src/loaders/privacy/compile-privacy.ts';
import { checkPlain } from '../../src/operations/check/check-plain.ts';
import { definitionOf } from '../support/export-definition.ts';
import { startRig } from '../support/rig.ts';
import { runThrough, withEntries } from '../support/through.ts';

const KEY = 'a key of the privacy tests';

it('fields of free text, and what was found in fields that nobody declared and in exports', async () => {
  await using rig = await startRig({ organization: { seed: 4, workbooks: 4, members: 10 } });
  const owner = { id: 'x'.repeat(28), email: 'ann@example.org', label: 'Ann Example' };
  const run = (columns: PrivacySettings['columns']) =>
    runThrough(
      rig,
      async (path, next) => {
        const answer = await next();
        if (path !== '/v2/workbooks') return answer;
        return withEntries(answer, (entries) =>
          entries.map((entry) => ({ ...entry, owner, notes: ['ask bob@example.org'] })),
        );
      },
      { full: true },
      { privacy: compilePrivacy({ key: KEY, columns }, catalogue) },
    );
  const { database, schemas } = rig.test;
  const exports = [
    definitionOf({ workbookId: 'w', elementId: 'e' }, { name: 'audit', hide: { 'Who Else': 'drop' } }),
  ];
  const check = async (columns: PrivacySettings['columns']) => {
    const privacy = compilePrivacy({ key: KEY, columns }, catalogue);
    return checkPlain({
      database,
      schemas,
      streams: catalogue,
      privacy,
      exports,
      exportsSchema: 'sigma_data',
    });
  };
  const rules = {
    'workbooks._raw.owner.email': 'hash',
    'workbooks._raw.notes': 'drop',
    'files.path': 'hash',
  } as const;

  expect((await run({})).error).toBeUndefined();
  const query = (sql: string) => database.session((session) => session.query(sql));
  await query('create schema if not exists sigma_data');
  await query(
    `create table sigma_data.audit (said text, account_owner text, who_else text, n bigint, _export_run bigint)`,
  );
  await query(`insert into sigma_data.audit values ('by ann@example.org', 'Ann', 'bob@example.org', 1, 1)`);
  for (const [column, label] of [
    ['said', 'Said'],
    ['account_owner', 'Account Owner'],
    ['who_else', 'Who Else'],
    ['n', 'User N'],
  ])
    await query(
      `insert into sigma_sync.export_columns (export, column_name, label, occurrence, kind, sql_type, added_at)
       values ('audit', '${column}', '${label}', 0, 'text', '${column === 'n' ? 'bigint' : 'text'}', now())`,
    );
  await query(
    `insert into sigma_sync.exports (export, table_name, mode, last_run_id, last_status, last_attempt_at) values ('audit', 'audit', 'replace', 'r', 'complete', now())`,
  );
  const line = await check({});
  expect(line.outcome).toBe('ok');
  expect(line.summary).toMatch(/^\d+ columns may name people and are kept in plain; 5 other fields with /);
  expect(line.detail).toContain('user_attribute_members.value');
  expect(line.detail).toContain('files.path');
  expect(line.detail.split('found in plain: ')[1]?.split(', ')).toEqual([
    'workbooks._raw.notes (addresses)',
    'workbooks._raw.owner.email (addresses)',
    'workbooks._raw.owner.label (may name somebody)',
    'exports.audit "Said" (addresses)',
    'exports.audit "Account Owner" (may name somebody)',
  ]);

  expect((await run(rules)).error).toBeUndefined();
  const { detail } = await check(rules);
  expect(detail).not.toMatch(/[ :]files\.path/);
  expect(detail.split('found in plain: ')[1]).toMatch(
    /^workbooks\._raw\.owner\.label \(may name somebody\), exports/,
  );
});
