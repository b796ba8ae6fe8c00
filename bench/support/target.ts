/** Databases to load into: fresh ones, removed at the end. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '../../src/core/database/database.ts';
import { openEmbedded } from '../../src/core/database/embedded/database.ts';
import { openPostgres } from '../../src/core/database/postgres.ts';
import { startPrivatePostgres } from '../../test/support/postgres-server.ts';
import { onProcessEnd } from '../../test/support/process-end.ts';
import { createDatabase, dropDatabase, withAdmin } from '../../test/support/template.ts';

/** The database that a benchmark loads into. */
export type TargetKind = 'postgres' | 'pglite';

/** One empty database, with what the command line needs to find it. */
export interface Target extends AsyncDisposable {
  readonly kind: TargetKind;
  /** Settings that point at it. */
  readonly env: Readonly<Record<string, string>>;
  /** Working directory of the process that loads into it; an embedded database lies in it. */
  readonly folder: string;
}

/** Creates targets. */
export interface Targets extends AsyncDisposable {
  /** Kind and version. */
  readonly label: string;
  open(): Promise<Target>;
}

/** PostgreSQL of `DATABASE_URL_BENCH`, else a server of our own; or PGlite. */
export async function openTargets(kind: TargetKind): Promise<Targets> {
  return kind === 'pglite' ? embeddedTargets() : serverTargets();
}

function embeddedTargets(): Targets {
  return {
    label: 'PGlite (in a thread, on disk)',
    async open() {
      const folder = scratchFolder();
      const env = { SIGMA_SYNC_DIRECTORY: join(folder.path, '.sigma-sync') };
      return { kind: 'pglite', env, folder: folder.path, [Symbol.asyncDispose]: async () => folder.remove() };
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

async function serverTargets(): Promise<Targets> {
  const given = process.env['DATABASE_URL_BENCH'];
  const own = given === undefined || given === '' ? await startPrivatePostgres() : undefined;
  const server = own?.url ?? given ?? '';
  const version = await withAdmin(server, async (admin) => {
    const { rows } = await admin.query<{ server_version: string }>('show server_version');
    return rows[0]?.server_version ?? '';
  });
  return {
    label: `PostgreSQL ${version} (${own === undefined ? 'DATABASE_URL_BENCH' : 'own server, fsync off'})`,
    async open() {
      const folder = scratchFolder();
      const url = await createDatabase(server, 'sigma_sync_bench', false);
      const dispose = async (): Promise<void> => {
        folder.remove();
        await dropDatabase(server, url);
      };
      return {
        kind: 'postgres',
        env: { DATABASE_URL: url },
        folder: folder.path,
        [Symbol.asyncDispose]: dispose,
      };
    },
    [Symbol.asyncDispose]: async () => own?.[Symbol.asyncDispose](),
  };
}

/** Opens the database of a target. */
export async function openDatabase({ env }: Target): Promise<Database> {
  const { DATABASE_URL: url, SIGMA_SYNC_DIRECTORY: directory } = env;
  if (url !== undefined) return openPostgres({ url });
  if (directory === undefined) throw new Error('the target has no database');
  return openEmbedded({ directory });
}

/** An empty folder, removed at the latest when this process ends. */
function scratchFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'sigma-sync-bench-'));
  const remove = (): void => rmSync(path, { recursive: true, force: true, maxRetries: 5 });
  const cancel = onProcessEnd(remove);
  return {
    path,
    remove: () => {
      cancel();
      remove();
    },
  };
}
