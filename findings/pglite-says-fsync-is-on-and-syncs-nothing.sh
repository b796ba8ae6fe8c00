#!/usr/bin/env bash
# PGlite 0.5.16 on a folder, started with fsync = on, says that fsync is on and syncs nothing to the disk.
#
# Expected: with -F taken out of startParams, a commit syncs the log, as Postgres does, or a warning that it can't.
# Seen:     "show fsync" says on; after 20 commits and a checkpoint the process has made no fsync, fdatasync or
#           sync_file_range at all. Emscripten's NODEFS has no fsync operation, and without one the call is answered
#           with success. fdatasync, which Postgres takes for its log by default, is answered before any file system.
# Sure:     run with the version below; the calls of the whole process tree are counted by strace, which also shows that
#           it counts: the same script in which Node itself syncs a file has one.
set -euo pipefail
command -v strace >/dev/null || { echo 'skipped: there is no strace'; exit 0; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @electric-sql/pglite@0.5.16
cat >commits.mjs <<'JS'
import { closeSync, fsyncSync, openSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';

const [, , dataDir, more] = process.argv;
const startParams = [...PGlite.defaultStartParams.filter((one) => one !== '-F'), '-c', 'fsync=on'];
const pglite = await PGlite.create({ dataDir, startParams });
console.log((await pglite.query('show fsync')).rows[0]);
await pglite.exec('create table t (n int)');
for (let n = 0; n < 20; n++) await pglite.query('insert into t values ($1)', [n]);
await pglite.exec('checkpoint');
await pglite.close();
if (more === 'sync') {
  const file = openSync('package.json', 'r+');
  fsyncSync(file);
  closeSync(file);
}
JS
count() {
  strace -f -e trace=fsync,fdatasync,sync_file_range,syncfs,sync -o calls node commits.mjs "$@" | tee -a seen
  echo "calls: $(grep -cE '(fsync|fdatasync|sync_file_range|syncfs|sync)\(' calls || true)" | tee -a seen
}
count one
count two sync
diff - seen <<'SEEN'
{ fsync: 'on' }
calls: 0
{ fsync: 'on' }
calls: 1
SEEN
echo 'as stated'
