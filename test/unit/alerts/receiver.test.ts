/** Receivers as the settings have them, and what is watched by them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApp } from '../../../src/app.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import { compileAlerts, type Receiver } from '../../../src/config/receivers.ts';
import type { Config } from '../../../src/config/schema.ts';
import { ConfigError } from '../../../src/core/errors.ts';
import { compileExports } from '../../../src/exports/decide/definition.ts';
import { Outage } from '../../../src/operations/alerts/outage.ts';
import { receiversNamed } from '../../../src/operations/alerts/test-message.ts';
import { turnBook, watchList } from '../../../src/operations/freshness/watch-list.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'alerts-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

function load(yaml: string): Config {
  writeFileSync(join(cwd, 's.yaml'), yaml);
  return loadConfig({ cwd, env: {}, file: 's.yaml' });
}

function failure(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigError) return `${error.message} ${error.advice}`;
    throw error;
  }
  throw new Error('it was accepted');
}

const hook = (name: string, more = ''): string =>
  `  - {name: ${name}, kind: webhook, url: 'http://h/${name}'${more}}\n`;

describe('receivers', () => {
  it('have defaults', () => {
    const [one] = compileAlerts(load(`alerts:\n${hook('ops')}`).alerts);
    expect(one).toEqual({
      name: 'ops',
      channel: { kind: 'webhook', url: new URL('http://h/ops') },
      kinds: ['failure', 'staleness', 'deletion_guard', 'drift', 'expiry'],
      wantsRecovery: true,
      repeatMs: 86_400_000,
    });
  });

  it('of one name are refused by whoever makes an application', () => {
    const config = load(`alerts:\n${hook('ops')}${hook('other')}${hook('ops')}`);
    expect(failure(() => createApp({ config }))).toBe(
      'Two receivers of alerts have the name "ops" (alerts.0 and alerts.2). Give each its own name: the database records deliveries by name.',
    );
  });

  it('of recoveries alone are refused', () => {
    const { alerts } = load(`alerts:\n${hook('ops', ', on: [recovery]')}`);
    expect(failure(() => compileAlerts(alerts))).toContain('alerts.0 (ops) has only recovery in "on"');
  });

  it.each([
    ['a@b.example', { name: '', address: 'a@b.example' }],
    ['Data team <a@b.example>', { name: 'Data team', address: 'a@b.example' }],
  ])('of mail may be written %s', (from, expected) => {
    const { alerts } = load(
      `alerts: [{name: m, kind: email, url: 'smtp://h', from: '${from}', to: [x@y.example]}]`,
    );
    expect(compileAlerts(alerts)[0]?.channel).toMatchObject({ from: expected });
  });

  it.each([
    'nobody',
    'a b@c.example',
    'a@b.example, c@d.example',
    'Data team a@b.example>',
    '<a@b.example>',
    'x\\r\\nBcc: a@b.example',
  ])('of mail may not be written %s', (to) => {
    const { alerts } = load(
      `alerts: [{name: m, kind: email, url: 'smtp://h', from: a@b.example, to: ["${to}"]}]`,
    );
    expect(failure(() => compileAlerts(alerts))).toContain('alerts.0 (m): to.0 is no e-mail address');
  });

  it('are found by their names', () => {
    const receivers = compileAlerts(load(`alerts:\n${hook('ops')}${hook('pager')}`).alerts);
    expect(receiversNamed(receivers, undefined)).toHaveLength(2);
    expect(receiversNamed(receivers, 'pager')).toHaveLength(1);
    expect(failure(() => receiversNamed(receivers, 'pagr'))).toContain('pager');
    expect(failure(() => receiversNamed([], undefined))).toContain('docs/alerts.md');
  });

  it('that lack something are pointed to the examples', () => {
    expect(failure(() => load('alerts: [{name: m, kind: slack}]'))).toContain(
      'lacks url (s.yaml line 1). docs/alerts.md has an example of each kind.',
    );
  });
});

describe('receivers that would find out at night', () => {
  it.each([
    [
      'smtp:mail.example',
      'url must be an address that begins with smtp:// or smtps:// and a host (s.yaml line 1)',
    ],
    ['smtp://u:100%@h', 'url has a user or password that is not well-formed (s.yaml line 1)'],
    ['smtp://100%@h', 'url has a user or password that is not well-formed (s.yaml line 1)'],
  ])('are refused with the address %s, which is not repeated', (url, said) => {
    const more = 'kind: email, from: a@b.example, to: [x@y.example]';
    const message = failure(() => load(`alerts: [{name: m, url: '${url}', ${more}}]`));
    expect(message).toContain(`alerts.0.${said}`);
    expect(message).not.toMatch(/100%@|mail\.example/);
  });

  it('are told what there is to be told of', () => {
    expect(failure(() => load(`alerts:\n${hook('ops', ', on: [failed]')}`))).toContain(
      'alerts.0.on.0 must be one of failure, staleness, deletion_guard, drift, expiry, recovery, not the text "failed"',
    );
  });
});

describe('what is watched', () => {
  const list = (yaml: string) => {
    const config = load(yaml);
    return watchList(config, compileExports(config.exports));
  };
  const item = (items: ReturnType<typeof list>, name: string) => items.find((one) => one.name === name);

  it('are the streams of the settings and of schedules, each with its limit and its schedules', () => {
    const items = list(
      [
        'sync: {streams: [members, workbook_schedules]}',
        'freshness: {hours: 30, hours_by_stream: {members: 2, orders: 5}}',
        'schedules:',
        '  - {name: nightly, cron: "15 2 * * *", exclude: [slow]}',
        '  - {name: weekly, cron: "0 3 * * 0", streams: [slow]}',
        '  - {name: teams, cron: "0 * * * *", streams: [team_members]}',
        'exports:',
        '  - {name: orders, workbook: w, element: e}',
        '  - {name: monthly, workbook: w, element: e, schedule: "0 4 1 * *"}',
        '  - {name: other, workbook: w, element: e}',
      ].join('\n'),
    );
    const crons = (name: string): unknown => item(items, name)?.schedules.map(({ cron }) => cron);
    expect(items.map(({ name }) => name).sort()).toEqual([
      ...[
        'members',
        'monthly',
        'orders',
        'other',
        'team_members',
        'teams',
        'workbook_schedules',
        'workbooks',
      ],
    ]);
    expect(item(items, 'members')).toEqual({
      what: 'stream',
      name: 'members',
      limitMs: 7_200_000,
      schedules: [],
      // Both read it, though its own limit counts.
      coveredBy: ['nightly', 'weekly'],
    });
    expect(crons('workbook_schedules')).toEqual(['0 3 * * 0']);
    // Parents are read with their children.
    expect(crons('workbooks')).toEqual(['15 2 * * *', '0 3 * * 0']);
    expect(crons('team_members')).toEqual(['0 * * * *']);
    expect(crons('orders')).toEqual([]);
    expect(crons('monthly')).toEqual(['0 4 1 * *']);
    // Exports follow schedules of everything only.
    expect(crons('other')).toEqual(['15 2 * * *']);
  });

  it('remembers turns, and finds the same ones by steps as at once', () => {
    const items = list('exports: [{name: a, workbook: w, element: e, schedule: "30 4 * * 1,4"}]');
    const one = item(items, 'a');
    if (one === undefined) throw new Error('no item');
    const start = Date.UTC(2026, 10, 24, 12);
    const stepping = turnBook();
    for (let hours = 0; hours < 24 * 16; hours += 7) {
      const now = new Date(start + hours * 3_600_000);
      expect(stepping.lastTurn(one, now)).toEqual(turnBook().lastTurn(one, now));
    }
    // A clock that goes back.
    expect(stepping.lastTurn(one, new Date(start))).toEqual(new Date(Date.UTC(2026, 10, 23, 4, 30)));
  });
});

describe('an outage', () => {
  const receiver = (changes: Partial<Receiver> = {}): Receiver => ({
    ...{ name: 'ops', channel: { kind: 'webhook', url: new URL('http://h/') }, kinds: ['failure'] },
    ...{ wantsRecovery: true, repeatMs: 3_600_000, ...changes },
  });
  const at = (minutes: number): Date => new Date(minutes * 60_000);

  it('is told after two minutes, again as often as a receiver wants, and its end to those who know', () => {
    const often = receiver();
    const once = receiver({ name: 'once', repeatMs: 0, wantsRecovery: false });
    const outage = new Outage([often, once, receiver({ kinds: ['drift'] })]);
    outage.begin('No answer.', at(0));
    const told = (minutes: number): string[] =>
      outage.due(at(minutes)).map((news) => {
        outage.done(news, true, at(minutes));
        return `${news.receiver.name} ${news.item.state}`;
      });
    expect(told(1.9)).toEqual([]);
    expect(told(2)).toEqual(['ops raised', 'once raised']);
    expect(told(61)).toEqual([]);
    expect(told(62)).toEqual(['ops lasting']);
    outage.end(at(63));
    expect(told(63)).toEqual(['ops recovered']);
    expect(outage.isIdle).toBe(true);
  });

  it('is tried again where it did not arrive, never twice at once, and owes a recovery for one that came late', () => {
    const outage = new Outage([receiver()]);
    outage.begin('No answer.', at(0));
    const [first] = outage.due(at(2));
    if (first === undefined) throw new Error('nothing is due');
    expect(outage.due(at(3))).toEqual([]);
    outage.done(first, false, at(3));
    expect(outage.due(at(3.9))).toEqual([]);
    const [second] = outage.due(at(4));
    if (second === undefined) throw new Error('nothing is due');
    expect(second.attempt).toBe(2);
    outage.end(at(5));
    expect(outage.due(at(5))).toEqual([]);
    outage.done(second, true, at(6));
    expect(outage.due(at(6)).map(({ item: { state } }) => state)).toEqual(['recovered']);
  });
});
