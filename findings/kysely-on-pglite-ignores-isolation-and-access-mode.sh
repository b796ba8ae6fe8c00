#!/usr/bin/env bash
# kysely 0.29.9: its PGlite dialect takes setIsolationLevel() and setAccessMode() and applies neither.
#
# Expected: as with its PostgreSQL dialect, or an error: PGlite is PostgreSQL and knows both.
# Seen:     a transaction that was asked to be serializable is "read committed", and one that was asked to be read-only
#           writes. The same database obeys a plain "begin isolation level serializable, read only".
# Sure:     run with the versions below.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund kysely@0.29.9 @electric-sql/pglite@0.5.16
cat >modes.mjs <<'JS'
import { PGlite } from '@electric-sql/pglite';
import { Kysely, PGliteDialect, sql } from 'kysely';

const pglite = await PGlite.create();
const db = new Kysely({ dialect: new PGliteDialect({ pglite }) });
await sql`create table t (n int)`.execute(db);
const isolation = await db
  .transaction()
  .setIsolationLevel('serializable')
  .execute((trx) => sql`select current_setting('transaction_isolation') as v`.execute(trx));
console.log('kysely, serializable:', isolation.rows[0].v);
const written = await db
  .transaction()
  .setAccessMode('read only')
  .execute((trx) => sql`insert into t values (1)`.execute(trx))
  .then(() => 'wrote a row', (error) => error.message);
console.log('kysely, read only:', written);
await pglite.exec('begin isolation level serializable, read only');
const plain = await pglite.query(`select current_setting('transaction_isolation') as v`);
console.log('plain begin:', plain.rows[0].v);
console.log('plain begin:', await pglite.query('insert into t values (2)').catch((error) => error.message));
await pglite.exec('rollback');
await db.destroy();
JS
node modes.mjs | tee seen
diff - seen <<'SEEN'
kysely, serializable: read committed
kysely, read only: wrote a row
plain begin: serializable
plain begin: cannot execute INSERT in a read-only transaction
SEEN
echo 'as stated'
