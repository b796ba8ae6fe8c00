/** Alerts from real runs: their text, how often they come, and to whom. */
import { describe, expect, it } from 'vitest';
import { addedOf } from '../../simulator/streams/shared/contents.ts';
import { startAlertRig } from '../support/alert-rig.ts';

const SMALL = { organization: { seed: 3, workbooks: 6, members: 8, teams: 4 } };

describe('a schedule that fails', () => {
  it('is told once, again only after repeat_hours, and its recovery once', async () => {
    await using rig = await startAlertRig(SMALL);
    expect((await rig.night()).told).toEqual([]);
    rig.simulator.faults.set({ down: true });
    const { outcome, told } = await rig.night();
    expect(told).toMatchObject([
      {
        summary: 'schedule nightly failed',
        alerts: [
          {
            kind: 'failure',
            state: 'raised',
            subject: 'schedule nightly',
            run_id: outcome.report.runId,
          },
        ],
      },
    ]);
    expect(told[0]?.alerts[0]?.detail).toMatch(/^The run failed\. .*connection/);
    rig.advance(20);
    expect((await rig.night()).told).toEqual([]);
    expect(await rig.look()).toEqual([]);
    rig.advance(5);
    expect(await rig.look()).toMatchObject([
      { summary: 'schedule nightly still fails', alerts: [{ state: 'lasting' }] },
    ]);
    rig.simulator.faults.clear();
    expect((await rig.night()).told).toMatchObject([
      { summary: 'schedule nightly works again', alerts: [{ state: 'recovered' }] },
    ]);
    expect((await rig.night()).told).toEqual([]);
    expect(rig.log.map(({ name }) => name)).toEqual([
      ...['alert.raised', 'alert.sent', 'alert.sent', 'alert.settled', 'alert.sent'],
    ]);
  });

  it('is not told while a repetition is to come, and says which parts failed', async () => {
    await using rig = await startAlertRig(SMALL);
    await rig.night();
    rig.simulator.faults.inject({ kinds: ['500'], match: '/teams', maxInARow: 1000 });
    expect((await rig.night({}, 1)).told).toEqual([]);
    const { outcome, told } = await rig.night();
    expect(outcome.status).toBe('failed');
    expect(told[0]?.alerts).toHaveLength(1);
    expect(told[0]?.alerts[0]?.detail).toMatch(/^The run failed\. teams: .*500/);
    // Cut off, it neither failed nor recovered.
    const stopped = new AbortController();
    stopped.abort(new Error('stop'));
    expect((await rig.night({ signal: stopped.signal })).told).toEqual([]);
  });

  it('is over once runs by hand have made up for all of it', async () => {
    await using rig = await startAlertRig(SMALL);
    await rig.night();
    rig.simulator.faults.set({ down: true });
    expect((await rig.night()).told).toMatchObject([{ summary: 'schedule nightly failed' }]);
    rig.simulator.faults.clear();
    await rig.sync.run({ streams: ['teams'] });
    expect(await rig.look()).toEqual([]);
    await rig.sync.run();
    expect(await rig.look()).toMatchObject([
      { summary: 'schedule nightly works again', alerts: [{ state: 'recovered' }] },
    ]);
    expect((await rig.night()).told).toEqual([]);
  });

  it('is told of runs by hand from the second in a row', async () => {
    await using rig = await startAlertRig(SMALL);
    await rig.sync.run();
    rig.simulator.faults.set({ down: true });
    await rig.sync.run();
    expect(await rig.look()).toEqual([]);
    await rig.sync.run();
    expect(await rig.look()).toMatchObject([{ summary: 'runs of sync failed' }]);
    rig.simulator.faults.clear();
    await rig.sync.run();
    expect(await rig.look()).toMatchObject([{ summary: 'runs of sync works again' }]);
  });
});

describe('staleness', () => {
  it('of many streams is one message, and so is their recovery', async () => {
    await using rig = await startAlertRig(SMALL);
    await rig.night();
    rig.advance(35);
    expect(await rig.look()).toEqual([]);
    rig.advance(2);
    const [told, ...more] = await rig.look();
    expect(more).toEqual([]);
    expect(told?.summary).toBe('3 stale');
    expect(told?.alerts.map(({ subject }) => subject)).toEqual([
      'stream members',
      'stream teams',
      'stream workbooks',
    ]);
    expect(told?.alerts[0]?.detail).toMatch(
      /^Its last success was at \d{4}-\d\d-\d\d \d\d:\d\d UTC; it should succeed every 36 hours\./,
    );
    expect((await rig.night()).told).toMatchObject([{ summary: '3 recovered' }]);
  });

  it('follows from a failed run: the children say why, in the same message', async () => {
    await using rig = await startAlertRig({
      ...SMALL,
      streams: '[workbook_pages, workbook_elements, members]',
    });
    await rig.night();
    rig.simulator.faults.set({ down: true });
    await rig.night();
    rig.advance(37);
    const { told } = await rig.night();
    expect(told).toHaveLength(1);
    expect(told[0]?.summary).toBe('1 failure, 4 stale');
    const why = told[0]?.alerts.map(({ subject, detail }) => [
      subject,
      /connection|of workbooks/.exec(detail)?.[0],
    ]);
    expect(why).toEqual([
      ['schedule nightly', 'connection'],
      ['stream members', 'connection'],
      ['stream workbook_elements', 'of workbooks'],
      ['stream workbook_pages', 'of workbooks'],
      ['stream workbooks', 'connection'],
    ]);
  });

  it('goes by the schedule of what runs seldom, unless a limit is set', async () => {
    const settings = (hook: { url: string }): string =>
      [
        'schedules:',
        '  - {name: nightly, cron: "15 2 * * *", exclude: [teams, members]}',
        '  - {name: weekly, cron: "0 3 * * 0", streams: [teams, members]}',
        'freshness: {hours: 36, hours_by_stream: {members: 36}}',
        `alerts: [{name: ops, kind: webhook, url: '${hook.url}'}]`,
      ].join('\n');
    await using rig = await startAlertRig({ ...SMALL, settings });
    // A Monday: the next turn of weekly is six days away.
    const monday = Date.UTC(2027, 0, 4, 12);
    rig.advance((monday - rig.now().getTime()) / 3_600_000);
    await rig.night();
    rig.advance(60);
    expect((await rig.look())[0]?.alerts.map(({ subject }) => subject)).toEqual([
      'stream members',
      'stream workbooks',
    ]);
    // Its turn came twelve hours ago: a third of what is usual is time enough.
    rig.advance(24 * 6 + 4 - 60);
    const subjects = (await rig.look()).flatMap(({ alerts }) => alerts).map(({ subject }) => subject);
    expect(subjects).toContain('stream teams');
  });
});

describe('the deletion guard', () => {
  it('is told once and settled by a run that finds the rows again', async () => {
    await using rig = await startAlertRig({
      organization: { seed: 21, workbooks: 150, members: 8, teams: 4 },
      streams: '[workbooks]',
    });
    await rig.night();
    rig.simulator.faults.set({ permissionLoss: 0.7 });
    const { told } = await rig.night();
    expect(told[0]?.alerts.map(({ kind, subject }) => [kind, subject]).sort()).toEqual([
      ['deletion_guard', 'stream workbooks'],
      ['failure', 'schedule nightly'],
    ]);
    const guard = told[0]?.alerts.find(({ kind }) => kind === 'deletion_guard');
    expect(guard?.detail).toMatch(/^Too many rows were missing at once, so none was marked as deleted\. .+/);
    expect((await rig.night()).told).toEqual([]);
    // A stream that can't be read says nothing of the rows.
    rig.simulator.faults.set({ down: true });
    expect((await rig.night()).told).toEqual([]);
    rig.simulator.faults.clear();
    expect((await rig.night()).told).toMatchObject([{ summary: '2 recovered' }]);
  });
});

describe('drift', () => {
  it('of a stream is told once, however often it is seen, and a new one again', async () => {
    await using rig = await startAlertRig({ ...SMALL, streams: '[teams]' });
    const [first] = rig.simulator.organization.teams.list;
    if (first === undefined) throw new Error('no team');
    await rig.night();
    Object.assign(first, { name: 12 });
    const { outcome, told } = await rig.night();
    expect(told).toMatchObject([
      {
        summary: 'stream teams changed its shape',
        alerts: [
          {
            kind: 'drift',
            detail: 'name should be text and was number',
            run_id: outcome.report.runId,
          },
        ],
      },
    ]);
    expect((await rig.night({ full: true })).told).toEqual([]);
    rig.advance(30);
    // Neither a repetition nor a second process tells it again.
    await rig.night({ full: true });
    await rig.another().check(rig.now());
    expect(rig.hook.take()).toEqual([]);
    Object.assign(first, { name: true });
    expect((await rig.night({ full: true })).told).toMatchObject([
      { alerts: [{ detail: 'name should be text and was boolean' }] },
    ]);
    // After a while without it, it is forgotten without a word.
    Object.assign(first, { name: 'well' });
    rig.advance(24 * 36);
    const { told: late } = await rig.night();
    expect(late.flatMap(({ alerts }) => alerts).filter(({ kind }) => kind === 'drift')).toEqual([]);
    expect(await rig.query('select 1 from sigma_sync.alerts where settled_at is null')).toEqual([]);
  });

  it('of an export is told by the names of its columns', async () => {
    const rows = [['1', 'x']];
    await using rig = await startAlertRig({
      ...SMALL,
      streams: '[teams]',
      settings: (hook, { organization }) => {
        const place = organization.addExport({ columns: ['id', 'a'], count: 1, rows: () => rows[0] ?? [] });
        return [
          `alerts: [{name: ops, kind: webhook, url: '${hook.url}', on: [drift]}]`,
          `exports: [{name: orders, workbook: ${place.workbookId}, element: ${place.elementId}}]`,
        ].join('\n');
      },
    });
    expect((await rig.night()).told).toEqual([]);
    const [definition] = rig.app.exports;
    const columns = ['id', '<script>alert(1)</script>'].map((label) => ({ label, type: 'text' as const }));
    addedOf(rig.simulator.organization).replace(definition?.workbook ?? '', {
      entry: {
        elementId: definition?.element ?? '',
        name: 'Export',
        type: 'table',
        columns: columns.map(({ label }) => label),
      },
      table: () => ({ columns, controls: [], count: 1, sparse: false, row: () => ['1', 'x'], totals: false }),
      controls: [],
    });
    const { outcome, told } = await rig.night();
    expect(outcome.exports?.report.exports[0]?.drift).toHaveLength(2);
    expect(told).toHaveLength(1);
    expect(told[0]?.alerts.map(({ kind, subject }) => `${kind} ${subject}`)).toEqual([
      'drift export orders',
      'drift export orders',
    ]);
    expect(JSON.stringify(told[0])).toContain('script_alert_1');
    expect((await rig.night()).told).toEqual([]);
  });
});

describe('a certificate of SAML that runs out', () => {
  it('is told once, and settled when it is not used any more', async () => {
    await using rig = await startAlertRig({
      ...SMALL,
      streams: '[teams, saml_certificates]',
      settings: (hook) =>
        `freshness: {certificate_days: 3650}\nalerts:\n  - {name: ops, kind: webhook, url: '${hook.url}', repeat_hours: 1}\n`,
    });
    await rig.night();
    const all = rig.simulator.organization.truth('saml_certificates');
    const active = all.filter((one) => one['isActive'] === true);
    const idOf = (one: Readonly<Record<string, unknown>> | undefined): string =>
      String(one?.['samlServiceProviderCertificateId']);
    const open = await rig.query<{ subject: string; detail: string }>(
      `select subject, detail from sigma_sync.alerts where kind = 'expiry' and settled_at is null order by 1`,
    );
    expect(open.map(({ subject }) => subject)).toEqual(
      active.map((one) => `certificate ${idOf(one)}`).sort(),
    );
    expect(open[0]?.detail).toMatch(/^The signing certificate of the SAML service provider \S+ expires at /);
    // An expired certificate that is not used is nobody's concern, and an alert that lasts by itself is not repeated.
    rig.advance(5);
    expect(await rig.look()).toEqual([]);
    const [gone] = active;
    rig.simulator.organization.deleteSamlProvider(String(gone?.['samlServiceProviderId']));
    expect((await rig.night()).told).toMatchObject([
      { alerts: [{ kind: 'expiry', state: 'recovered', subject: `certificate ${idOf(gone)}` }] },
    ]);
  });

  it('is no alert long before, by the settings that nobody changed', async () => {
    await using rig = await startAlertRig({ ...SMALL, streams: '[teams, saml_certificates]' });
    expect((await rig.night()).told).toEqual([]);
    const end = `update sigma.saml_certificates set not_after = $1 where is_active is not false`;
    await rig.query(end, [new Date(rig.now().getTime() + 29 * 24 * 3_600_000).toISOString()]);
    const [told] = await rig.look();
    expect(told?.summary).toBe('2 certificates to replace');
    expect(told?.alerts.map(({ kind, state }) => [kind, state])).toEqual([
      ['expiry', 'raised'],
      ['expiry', 'raised'],
    ]);
    expect(await rig.look()).toEqual([]);
  });
});
