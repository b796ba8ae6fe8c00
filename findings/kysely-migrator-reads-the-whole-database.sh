#!/usr/bin/env bash
# kysely 0.29.9: Migrator.migrateToLatest() reads every column of every table of every schema, twice, at each call.
#
# Expected: a migrator that has a table and a schema of its own asks whether these two exist.
# Seen:     with nothing to migrate, two queries over pg_attribute return 60,000 rows each if another schema has
#           3,000 tables of 20 columns. It costs time and memory at every start in a large warehouse, and if somebody
#           drops a table meanwhile, the query can fail.
# Sure:     run with the versions below, on an embedded PostgreSQL; rows are counted at the driver.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund kysely@0.29.9 @electric-sql/pglite@0.5.16
cat >count.mjs <<'JS'
import { PGlite } from '@electric-sql/pglite';
import { Kysely, PGliteDialect } from 'kysely';
import { Migrator } from 'kysely/migration';

const pglite = await PGlite.create();
const columns = Array.from({ length: 20 }, (_, i) => `c${i} int`).join(', ');
await pglite.exec(`create schema theirs;
  do $$ begin for i in 1..3000 loop execute format('create table theirs.t%s (${columns})', i); end loop; end $$`);
const reads = [];
const counting = new Proxy(pglite, {
  get(target, name) {
    const value = Reflect.get(target, name, target);
    if (name !== 'query') return typeof value === 'function' ? value.bind(target) : value;
    return async (text, ...rest) => {
      const result = await target.query(text, ...rest);
      if (/pg_attribute/.test(text)) reads.push(result.rows.length);
      return result;
    };
  },
});
const db = new Kysely({ dialect: new PGliteDialect({ pglite: counting }) });
const provider = { getMigrations: async () => ({ first: { up: async () => undefined } }) };
const migrator = new Migrator({ db, provider, migrationTableSchema: 'ours' });
await migrator.migrateToLatest();
reads.length = 0;
const { results } = await migrator.migrateToLatest();
console.log('migrations run', results.length);
console.log('reads of the catalogue', reads.length);
console.log('each of at least 60000 rows', reads.every((rows) => rows >= 60_000));
await db.destroy();
JS
node count.mjs | tee seen
diff - seen <<'SEEN'
migrations run 0
reads of the catalogue 2
each of at least 60000 rows true
SEEN
echo 'as stated'
