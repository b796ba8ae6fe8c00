/** Lists that a page cuts: each says how many there are, and leads to all of them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWeb, type TestWeb } from '../support/web.ts';
import { prepareUsage, type Usage } from '../support/web-usage.ts';

let usage: Usage;
let page: TestWeb;
const MANY = 84;

const query = (sql: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> =>
  usage.test.database.session((session) => session.query(sql, values));

/** `n` copies of a row of a stream's table, with some columns of their own. */
const copies = (table: string, where: string, columns: string): Promise<unknown> =>
  query(
    `insert into sigma.${table}
     select x.* from (select r from sigma.${table} r where ${where} limit 1) q cross join generate_series(1, ${MANY}) n
      cross join lateral jsonb_populate_record(q.r, jsonb_build_object(${columns})) x`,
  );

const rowsOf = async (file: string): Promise<number> => {
  const { status, text } = await page.send(file);
  expect([file, status]).toEqual([file, 200]);
  return text.split('\r\n').length - 2;
};

const count = async (sql: string): Promise<number> =>
  Number((await query(`select count(*)::integer as n from ${sql}`))[0]?.['n']);

beforeAll(async () => {
  usage = await prepareUsage();
  const { workbook, member, team, runId } = usage;
  await query(
    `update sigma.workbook_elements set error = 'broken on purpose', _synced_at = now() where workbook_id = $1`,
    [workbook],
  );
  await copies(
    'workbook_elements',
    `workbook_id = '${workbook}'`,
    `'element_id', 'made-' || n, 'error', 'broken on purpose'`,
  );
  await query(
    `update sigma.workbook_schedules set workbook_id = $1 where ctid in
                 (select ctid from sigma.workbook_schedules limit 1)`,
    [workbook],
  );
  await copies(
    'workbook_schedules',
    `workbook_id = '${workbook}'`,
    `'scheduled_notification_id', 'made-' || n`,
  );
  await copies('workbook_versions', 'true', `'workbook_id', '${workbook}', 'version', 1000 + n`);
  await copies(
    'member_recent_files',
    'last_interaction_at is not null',
    `'member_id', '${member}', 'file_id', 'made-' || n`,
  );
  await query(
    `insert into sigma_sync.changes (changed_at, run_id, stream, key, operation, changed, before, after)
     select now(), $1, x.stream, x.key, x.operation, x.changed, '{}', '{}'
       from generate_series(1, ${MANY}) n
      cross join lateral (values
        ('workbooks', array[$2], 'update', array['name']),
        ('team_members', array[$3, 'member-' || n], 'insert', null)) x(stream, key, operation, changed)`,
    [runId, workbook, team],
  );
  await query(
    `insert into sigma_sync.alerts (key, kind, subject, detail, raised_at, last_seen_at, settled_at)
     select 'key-' || n, 'failure', 'subject-' || n, 'detail', now() - n * interval '1 minute', now(), case when n > 250 then now() end
       from generate_series(1, 400) n`,
  );
  await query(
    `insert into sigma_sync.partitions (stream, partition, kind, status, run_id, attempts, error)
     select 'workbook_elements', 'partition-' || n, kind, 'failed', $1, 1, 'no'
       from generate_series(1, 250) n cross join (select kind from sigma_sync.partitions limit 1) k`,
    [runId],
  );
  for (const [table, where] of [
    ['runs', 'run_id = $1'],
    ['run_streams', `run_id = $1 and stream = 'workbooks'`],
  ])
    await query(
      `insert into sigma_sync.${table}
       select x.* from (select r from sigma_sync.${table} r where ${where}) q cross join generate_series(1, 60) n
        cross join lateral jsonb_populate_record(q.r, jsonb_build_object('run_id', 'made-' || n)) x`,
      [runId],
    );
  page = await openWeb(usage.app, usage.database);
  await usage.refresh();
});
afterAll(async () => {
  await page?.[Symbol.asyncDispose]();
  await usage?.[Symbol.asyncDispose]();
});

describe('a workbook', () => {
  it('says how many broken elements, schedules and versions there are, and its files have all', async () => {
    const { workbook } = usage;
    const { text } = await page.send(`/workbooks/${workbook}`);
    const counts = {
      broken: await count(`sigma_analytics.broken_elements where document_id = '${workbook}'`),
      schedules: await count(
        `sigma.workbook_schedules where workbook_id = '${workbook}' and _deleted_at is null`,
      ),
      versions: await count(
        `sigma.workbook_versions where workbook_id = '${workbook}' and _deleted_at is null`,
      ),
    };
    for (const [name, all] of Object.entries(counts)) {
      expect([name, all >= MANY]).toEqual([name, true]);
      const file = `/workbooks/${workbook}/${name}.csv`;
      expect(text.replaceAll('\n', ' ')).toContain(
        `The first 20 of ${all}; the download has all.</p><a href="${file}" download>`,
      );
      expect([name, await rowsOf(file)]).toEqual([name, all]);
    }
    const changes = await count(
      `sigma_sync.changes where stream = 'workbooks' and key = array['${workbook}']`,
    );
    expect(text).toContain(`The latest 20 of ${changes}.`);
    expect(text).toContain(`href="/changes?stream=workbooks&amp;key=${workbook}"`);
  });
});

describe('a member, a team and a question', () => {
  it('say of how many they show the latest', async () => {
    const { member, team } = usage;
    const recent = await count(
      `sigma.member_recent_files where member_id = '${member}' and _deleted_at is null`,
    );
    expect((await page.send(`/members/${member}`)).text).toContain(`The latest 50 of ${recent}.`);
    const moves = await count(
      `sigma_analytics.access_changes where team_id = '${team}' and change in ('joined', 'left')`,
    );
    expect(moves).toBeGreaterThanOrEqual(MANY);
    expect((await page.send(`/teams/${team}`)).text).toContain(`The latest 20 of ${moves}.`);
  });

  it('say how many matched a text', async () => {
    const alike = await count(
      `sigma.members where concat_ws(' ', first_name, last_name) ilike '%e%' or email ilike '%e%'`,
    );
    expect(alike).toBeGreaterThan(10);
    expect((await page.send('/access?member=e')).text).toContain(`The first 10 of ${alike}.`);
  });
});

describe('alerts and streams', () => {
  it('say how many there are, and their files have all', async () => {
    const alerts = await page.send('/alerts');
    expect(alerts.text).toContain('The latest 200 of 250. The download has all.');
    expect(alerts.text).toContain('The latest 100 of 150. The download has all.');
    expect(await rowsOf('/alerts.csv')).toBe(400);
    const stream = await page.send('/streams/workbook_elements');
    expect(stream.text).toContain('The first 200 of 250; the download has all.');
    expect(await rowsOf('/streams/workbook_elements/partitions.csv')).toBe(250);
    const runs = await count(
      `sigma_sync.run_streams s join sigma_sync.runs r on r.run_id = s.run_id where s.stream = 'workbooks'`,
    );
    expect(runs).toBeGreaterThan(60);
    expect((await page.send('/streams/workbooks')).text).toContain(`The latest 50 of ${runs};`);
    expect(await rowsOf('/streams/workbooks/runs.csv')).toBe(runs);
  });
});
