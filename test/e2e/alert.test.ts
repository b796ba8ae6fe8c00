/** `alert test` and `alert list`, as a user runs them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { hookServer, mailServer } from '../support/alert-receivers.ts';
import { runCli, scratchFolder } from '../support/cli.ts';
import { openTestDatabase } from '../support/database.ts';

it('alert test tries every receiver, says what became of it, and shows no address', async () => {
  using folder = scratchFolder();
  await using hook = await hookServer();
  await using mail = await mailServer('me', 'canary-password');
  const run = (...args: string[]) =>
    runCli(args, {
      cwd: folder.path,
      env: { HOOK: `${hook.url}/canary-token`, DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' },
    });
  const settings = (...lines: string[]): void => writeFileSync(join(folder.path, 's.yaml'), lines.join('\n'));

  settings('alerts: []');
  const none = await run('--config', 's.yaml', 'alert', 'test');
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('no receivers of alerts')]);

  const good = [
    'alerts:',
    "  - {name: hook, kind: webhook, url: '$" + "{HOOK}'}",
    "  - {name: chat, kind: slack, url: '$" + "{HOOK}'}",
    `  - {name: mail, kind: email, url: 'smtp://me:canary-password@127.0.0.1:${mail.port}', from: a@b.example, to: [c@d.example]}`,
    `  - {name: program, kind: command, command: ['${process.execPath}', -e, 'process.stdin.resume()']}`,
  ];
  settings(...good);
  const sent = await run('--config', 's.yaml', 'alert', 'test');
  expect(sent.code, sent.stderr).toBe(0);
  expect(sent.stdout.match(/ sent$/gm)).toHaveLength(4);
  expect([hook.bodies.length, mail.mails.length]).toEqual([2, 1]);
  expect(hook.bodies.join('')).toContain('Nothing is wrong.');
  expect(mail.mails[0]?.headers.get('subject')).toBe('[sigma-sync] test message');

  hook.answer = 404;
  settings(...good, '  - {name: dead, kind: slack, url: "http://127.0.0.1:1/canary-path"}');
  const failed = await run('--config', 's.yaml', 'alert', 'test', '--json');
  expect(failed.code).toBe(1);
  const { receivers } = JSON.parse(failed.stdout) as {
    receivers: { receiver: string; ok: boolean; error: string }[];
  };
  expect(receivers.map(({ receiver, ok }) => `${receiver} ${ok}`)).toEqual([
    ...['hook false', 'chat false', 'mail true', 'program true', 'dead false'],
  ]);
  expect(receivers[4]?.error).toContain('Check host and port');
  const one = await run('--config', 's.yaml', 'alert', 'test', 'mail');
  expect([one.code, one.stdout.match(/ sent$/gm)?.length]).toEqual([0, 1]);
  const unknown = await run('--config', 's.yaml', 'alert', 'test', 'male');
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('Did you mean mail?')]);

  settings(...good, '  - {name: chat, kind: command, command: [x]}');
  const twice = await run('--config', 's.yaml', 'alert', 'test');
  expect([twice.code, twice.stderr]).toEqual([
    2,
    expect.stringContaining('the name "chat" (alerts.1 and alerts.4)'),
  ]);
  for (const { stdout, stderr } of [none, sent, failed, one, unknown, twice])
    expect(stdout + stderr).not.toMatch(/canary/);
});

it('alert list shows what is open', async () => {
  using folder = scratchFolder();
  await using empty = await openTestDatabase({ migrated: false });
  const list = (url: string | undefined, ...args: string[]) =>
    runCli(['alert', 'list', ...args], { cwd: folder.path, env: { DATABASE_URL: url ?? '' } });
  expect((await list(empty.url)).stdout).toBe('No alert is open.\n');
  await using test = await openTestDatabase();
  await test.database.session(async (session) => {
    await session.query(
      `insert into sigma_sync.alerts (key, kind, subject, detail, raised_at, last_seen_at)
       values ('k', 'staleness', 'stream grants', $1, now() - interval '3 hours', now())`,
      ['Old.\nNo answer.\u001b[31m'],
    );
    await session.query(
      `insert into sigma_sync.alert_messages (alert_id, receiver, told_at)
       select alert_id, 'ops', now() from sigma_sync.alerts`,
    );
  });
  const shown = await list(test.url);
  expect(shown.code, shown.stderr).toBe(0);
  expect(shown.stdout).toMatch(/3 h ago|180 min ago/);
  expect(shown.stdout).toMatch(/stream grants +ops +Old\. No answer\.\n/);
  const { alerts } = JSON.parse((await list(test.url, '--json')).stdout) as { alerts: unknown[] };
  expect(alerts).toMatchObject([
    { kind: 'staleness', subject: 'stream grants', runId: null, receivers: [{ name: 'ops', error: null }] },
  ]);
});
