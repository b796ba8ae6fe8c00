/** TLS to a server with a certificate authority of one's own: what is refused says why, and each way out works. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPostgres } from '../../src/core/database/postgres.ts';
import { type CertificateOptions, certificate } from '../support/certificates.ts';
import { databaseError } from '../support/items.ts';
import type { PrivatePostgres } from '../support/postgres-server.ts';
import { startPrivatePostgres } from '../support/postgres-server.ts';
import { startTlsServer } from '../support/tls-server.ts';

const DAY = 24 * 3_600_000;
const AUTHORITY = certificate('an authority of ours');
let folder: string;
let ca: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tls-'));
  ca = join(folder, 'ca.pem');
  writeFileSync(ca, AUTHORITY.cert);
});
afterAll(() => rmSync(folder, { recursive: true }));

const signed = (options: CertificateOptions = {}) =>
  startTlsServer(certificate('a server', { host: 'localhost', issuer: AUTHORITY, ...options }));

/** Asks whether a connection is encrypted. */
async function ask(server: PrivatePostgres, query: string, host = 'localhost'): Promise<unknown> {
  const url = new URL(server.url);
  Object.assign(url, { hostname: host, search: query });
  const database = openPostgres({ url: url.href });
  try {
    const [row] = await database.session((session) =>
      session.query<{ ssl: boolean }>('select ssl from pg_stat_ssl where pid = pg_backend_pid()'),
    );
    return row?.ssl;
  } finally {
    await database.close();
  }
}

describe('a server with an authority of its own', () => {
  it('is refused with three ways out, and each works', async () => {
    await using server = await signed();
    for (const mode of ['prefer', 'require', 'verify-ca', 'verify-full'])
      await expect(ask(server, `sslmode=${mode}`)).rejects.toEqual(
        databaseError(
          /^The certificate of the database server is not signed by an authority that this machine trusts/,
          /sslrootcert=FILE .* NODE_EXTRA_CA_CERTS .* uselibpqcompat=true/,
        ),
      );
    expect(await ask(server, `sslmode=require&sslrootcert=${ca}`)).toBe(true);
    expect(await ask(server, `sslrootcert=${ca}`)).toBe(true);
    expect(await ask(server, 'sslmode=require&uselibpqcompat=true')).toBe(true);
    expect(await ask(server, 'sslmode=no-verify')).toBe(true);
    expect(await ask(server, '')).toBe(false);
  });

  it('may go by another name where psql lets it', async () => {
    await using server = await signed();
    const trusting = `sslrootcert=${ca}`;
    await expect(ask(server, `sslmode=require&${trusting}`, '127.0.0.1')).rejects.toEqual(
      databaseError(/^The certificate of the database server is for another name/, /sslmode=verify-ca/),
    );
    expect(await ask(server, `sslmode=verify-ca&${trusting}&uselibpqcompat=true`, '127.0.0.1')).toBe(true);
    expect(await ask(server, `${trusting}&hostaddr=127.0.0.1`)).toBe(true);
    expect(await ask(server, `${trusting}&channel_binding=require`)).toBe(true);
  });

  it.each([
    [
      'has expired',
      { from: new Date(Date.now() - 9 * DAY), until: new Date(Date.now() - DAY) },
      /has expired/,
    ],
    [
      'is not valid yet',
      { from: new Date(Date.now() + DAY), until: new Date(Date.now() + 9 * DAY) },
      /is not valid yet/,
    ],
  ])('%s', async (_, options, message) => {
    await using server = await signed(options);
    await expect(ask(server, `sslrootcert=${ca}`)).rejects.toThrow(message);
  });
});

describe('a server without TLS', () => {
  it('says so', async () => {
    await using server = await startPrivatePostgres();
    await expect(ask(server, 'sslmode=require')).rejects.toEqual(
      databaseError(/^The database server knows no TLS/, /Remove sslmode/),
    );
  });
});
