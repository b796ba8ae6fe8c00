/** The ways to a receiver, to real ones: a server, a mail server, a program. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Channel, Receiver } from '../../../src/config/receivers.ts';
import { AlertError, describeError } from '../../../src/core/errors.ts';
import { deliver } from '../../../src/operations/alerts/deliver.ts';
import { type AlertItem, messageOf } from '../../../src/operations/alerts/message.ts';
import { hookServer, mailServer } from '../../support/alert-receivers.ts';
import { scriptedServer } from '../../support/scripted-server.ts';

const NOW = new Date('2026-11-24T03:00:00Z');
/** A busy machine may take seconds for an answer; only what never comes is waited for less. */
const LIMITS = { httpMs: 30_000, mailMs: 30_000, commandMs: 30_000 };
const HOSTILE = 'stream <script>alert(1)</script>\r\nBcc: evil@example.com\r\n\r\n@everyone';

/** Sends one alert; gives why that failed. */
async function send(channel: Channel, changes: Partial<AlertItem> = {}, limits = LIMITS): Promise<string> {
  const receiver: Receiver = { name: 'ops', channel, kinds: [], wantsRecovery: true, repeatMs: 0 };
  const item: AlertItem = {
    ...{ kind: 'failure', subject: 'schedule nightly', detail: 'It failed.', since: NOW, state: 'raised' },
    ...{ runId: 'r1', ...changes },
  };
  const sender = { instance: 'host-1', organization: null, schema: 'sigma', page: undefined };
  const message = messageOf(sender, [item], NOW, (text) => text);
  try {
    await deliver(receiver, message, limits);
    return 'sent';
  } catch (error) {
    expect(error).toBeInstanceOf(AlertError);
    return describeError(error);
  }
}

describe('webhook', () => {
  it('posts JSON once, with the login that its address holds', async () => {
    const server = await scriptedServer(() => ({ body: 'x'.repeat(1_000_000) }));
    const url = new URL(`${server.url}/in?token=abc`);
    url.username = 'me';
    url.password = 'pä/ss';
    expect(await send({ kind: 'webhook', url })).toBe('sent');
    expect(server.requests).toHaveLength(1);
    const [request] = server.requests;
    expect(request).toMatchObject({ method: 'POST', url: '/in?token=abc' });
    expect(request?.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(request?.headers.authorization).toBe(`Basic ${Buffer.from('me:pä/ss').toString('base64')}`);
    expect(JSON.parse(request?.body ?? '')).toMatchObject({ version: 1, alerts: [{ run_id: 'r1' }] });
    await server.close();
  });

  it('posts text and blocks to Slack', async () => {
    await using hook = await hookServer();
    expect(await send({ kind: 'slack', url: new URL(hook.url) }, { subject: HOSTILE })).toBe('sent');
    const body = hook.bodies[0] ?? '';
    expect(Object.keys(JSON.parse(body) as object)).toEqual(['text', 'blocks']);
    expect(body).not.toMatch(/<script|\\r/);
  });

  it.each([
    [404, 'The address answered with status 404: the hook says no. Check that the address is still valid'],
    [500, 'The address answered with status 500: the hook says no. Alerts are retried, tests are not.'],
    [302, 'a redirect (status 302), which is not followed. Set the address that the redirect leads to.'],
    ['hang', 'No answer came within 0.4 s. Check that the receiver runs'],
  ] as const)('says what to do about %s', async (answer, told) => {
    await using hook = await hookServer();
    hook.answer = answer;
    const limits = answer === 'hang' ? { ...LIMITS, httpMs: 400 } : LIMITS;
    expect(await send({ kind: 'webhook', url: new URL(hook.url) }, {}, limits)).toContain(told);
    expect(hook.bodies).toHaveLength(1);
  });

  it('says what to do about a server that is not there, breaks off, or has a strange certificate', async () => {
    const url = new URL('http://127.0.0.1:1/');
    expect(await send({ kind: 'webhook', url })).toContain('The connection was refused. Check host and port');
    const server = await scriptedServer(() => 'reset');
    expect(await send({ kind: 'webhook', url: new URL(server.url) })).toContain('The connection broke');
    await server.close();
    await using secure = await mailServer('u', 'p', { secure: true });
    expect(await send({ kind: 'webhook', url: new URL(`https://127.0.0.1:${secure.port}/`) })).toContain(
      'The certificate of the receiver is not trusted',
    );
  });
});

describe('email', () => {
  const people = {
    from: { name: 'Sigma, sync', address: 'sync@example.com' },
    to: [
      { name: '', address: 'data@example.com' },
      { name: '', address: 'ops@example.com' },
    ],
  };
  const channel = (url: string, to = people.to): Channel => ({
    kind: 'email',
    url: new URL(url),
    ...people,
    to,
  });

  it('arrives with a plain and an HTML body, and hostile names add no header', async () => {
    await using server = await mailServer('me', 'p@ss');
    const url = `smtp://me:${encodeURIComponent('p@ss')}@127.0.0.1:${server.port}`;
    expect(await send(channel(url), { subject: HOSTILE })).toBe('sent');
    expect(server.mails).toHaveLength(1);
    const [mail] = server.mails;
    expect(mail?.to).toEqual(['data@example.com', 'ops@example.com']);
    expect([...(mail?.headers.keys() ?? [])].sort()).toEqual([
      ...['auto-submitted', 'content-type', 'date', 'from', 'message-id', 'mime-version', 'subject', 'to'],
    ]);
    expect(mail?.headers.get('from')).toBe('"Sigma, sync" <sync@example.com>');
    expect(mail?.headers.get('subject')).toContain('Bcc: evil@example.com');
    expect(mail?.source.split('text/html')[1]).not.toContain('<script');
    expect(mail?.source).toContain('multipart/alternative');
  });

  it('says what to do about a wrong password, a wrong receiver and a strange certificate', async () => {
    await using server = await mailServer('me', 'right');
    const at = `127.0.0.1:${server.port}`;
    expect(await send(channel(`smtp://me:wrong@${at}`))).toContain('Correct user and password');
    const some = [...people.to, { name: '', address: 'nobody@example.com' }];
    expect(await send(channel(`smtp://me:right@${at}`, some))).toContain(
      'rejected 1 of 3 recipients. Correct',
    );
    expect(await send(channel(`smtp://me:right@${at}`, some.slice(2)))).toContain('Correct the addresses');
    await using secure = await mailServer('me', 'right', { secure: true });
    // A parameter of the address does not switch the check off.
    const url = `smtps://me:right@127.0.0.1:${secure.port}?tls.rejectUnauthorized=false`;
    expect(await send(channel(url))).toMatch(/certificate/);
    expect(secure.mails).toEqual([]);
  });

  it.runIf(process.platform === 'linux')(
    'never sends a password unencrypted to another machine',
    async () => {
      let logins = 0;
      await using server = await mailServer('me', 'right', { host: '127.0.0.2', onLogin: () => logins++ });
      expect(await send(channel(`smtp://me:right@127.0.0.2:${server.port}`))).toContain('Use smtps://');
      expect(logins).toBe(0);
    },
  );

  it('gives up on a server that says nothing', async () => {
    const server = await scriptedServer(() => 'hang');
    const { port } = new URL(server.url);
    const started = performance.now();
    const limits = { ...LIMITS, mailMs: 500 };
    expect(await send(channel(`smtp://127.0.0.1:${port}`), {}, limits)).toMatch(/mail/);
    expect(performance.now() - started).toBeLessThan(LIMITS.mailMs);
    await server.close();
  });
});

describe('command', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'alert-command-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const script = (code: string, ...args: string[]): Channel => {
    const path = join(folder, 'receiver.mjs');
    writeFileSync(path, `import { writeFileSync } from 'node:fs';\n${code}`);
    return { kind: 'command', program: process.execPath, args: [path, ...args] };
  };

  it('gets JSON on its input, its arguments as they are, and hardly any environment', async () => {
    process.env['SIGMA_CANARY'] = 'canary';
    const out = join(folder, 'out');
    const receiver = script(
      `let text = ''; for await (const piece of process.stdin) text += piece;
       writeFileSync(process.argv[2], JSON.stringify([JSON.parse(text), process.argv.slice(3), process.env]));`,
      ...[out, '$(touch x); `id`'],
    );
    try {
      expect(await send(receiver)).toBe('sent');
    } finally {
      delete process.env['SIGMA_CANARY'];
    }
    const [json, args, env] = JSON.parse(readFileSync(out, 'utf8')) as [unknown, string[], object];
    expect(json).toMatchObject({ version: 1, alerts: [{ subject: 'schedule nightly' }] });
    expect(args).toEqual(['$(touch x); `id`']);
    expect(Object.keys(env)).not.toContain('SIGMA_CANARY');
    expect(env).toMatchObject({ PATH: process.env['PATH'] });
  });

  it('need not read its input, and its failure says what it wrote last', async () => {
    expect(await send(script('process.stdin.destroy();'), { detail: 'x'.repeat(900) })).toBe('sent');
    const failing = script(
      `console.log('y'.repeat(100000)); console.error('no such team'); process.exitCode = 3;`,
    );
    const told = await send(failing);
    expect(told).toMatch(/^The command ended with code 3: y.* no such team\. Run it by hand/s);
    expect(told.length).toBeLessThan(2500);
    expect(await send({ kind: 'command', program: join(folder, 'none'), args: [] })).toContain(
      'Give the full path',
    );
  });

  it.runIf(process.platform !== 'win32')(
    'is stopped with all it started when it takes too long',
    async () => {
      const out = join(folder, 'late');
      const receiver = script(
        `import { spawn } from 'node:child_process';
       process.on('SIGTERM', () => undefined);
       const code = \`setTimeout(() => require('node:fs').writeFileSync('\${process.argv[2]}', 'x'), 4000)\`;
       spawn(process.execPath, ['-e', code], { stdio: 'inherit' });
       setInterval(() => undefined, 1000);`,
        out,
      );
      const started = performance.now();
      expect(await send(receiver, {}, { ...LIMITS, commandMs: 1000 })).toContain('did not end within 1 s');
      expect(performance.now() - started).toBeLessThan(5000);
      await delay(2500);
      expect(existsSync(out)).toBe(false);
    },
  );
});
