/** A PostgreSQL server that speaks TLS, with a certificate of the test. */
import { chmodSync, chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Certified } from './certificates.ts';
import { unprivileged } from './native-server.ts';
import { type PrivatePostgres, startPrivatePostgres } from './postgres-server.ts';
import { createRunFolder } from './run-folder.ts';

/** Starts it. Leaving the scope ends it and removes its files. */
export async function startTlsServer({ cert, keyPem }: Certified): Promise<PrivatePostgres> {
  const runAs = unprivileged();
  const { path: folder, remove } = createRunFolder();
  const [certFile, keyFile] = [join(folder, 'server.crt'), join(folder, 'server.key')];
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, keyPem);
  // The server refuses a key that others may read.
  chmodSync(keyFile, 0o600);
  if ('uid' in runAs) for (const path of [folder, certFile, keyFile]) chownSync(path, runAs.uid, runAs.gid);
  const settings = ['ssl=on', `ssl_cert_file=${certFile}`, `ssl_key_file=${keyFile}`];
  const server = await startPrivatePostgres({ settings });
  const dispose = async (): Promise<void> => {
    await server.dispose();
    remove();
  };
  return { ...server, dispose, [Symbol.asyncDispose]: dispose };
}
