#!/usr/bin/env bash
# PGlite 0.5.16 on Node 24.21: some hundred short statements take 600 MB of memory, which V8 needs to optimize the parser.
#
# Expected: the memory that Postgres takes. The database here is empty, and its shared buffers have 16 MB.
# Seen:     the peak of the process rises by more than 450 MB while statements of a few words run, which read no table and
#           have nothing in common but that they are parsed. --trace-wasm-compilation-times names one function whose
#           compilation takes 604 MB: 105 kB of code, the parser that bison made. With --liftoff-only, which compiles nothing
#           again, the same statements take less than 50 MB more. Node 22.23 and 26.10 take less than 150 MB more.
# Sure:     run with the versions below; the peak is VmHWM, so Linux only.
set -euo pipefail
[ -r /proc/self/status ] || { echo 'skipped: there is no /proc'; exit 0; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @electric-sql/pglite@0.5.16
for version in 22.23.3 24.21.0 26.10.0; do
  npm install --silent --no-audit --no-fund --prefix "node-$version" "node@$version"
done
cat >parse.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';

const peak = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;
const startParams = [...PGlite.defaultStartParams, '-c', 'shared_buffers=16MB'];
const pglite = await PGlite.create({ dataDir: process.argv[2], startParams });
if (process.argv[3] === 'make') {
  // In a process of its own, so that initdb is no part of the figures.
  await pglite.close();
  process.exit();
}
const before = peak();
for (let n = 0; n < 3000; n++) await pglite.query(`select ${n} as a, ${n} + 1 as b, 'text' as c where true`);
// The compiler works beside them.
await new Promise((done) => setTimeout(done, 2000));
const more = peak() - before;
console.log(more > 450 ? 'more than 450 MB' : more < 150 ? 'less than 150 MB' : `${Math.round(more)} MB`);
await pglite.close();
JS
node24=node-24.21.0/node_modules/.bin/node
"$node24" parse.mjs data make
{
  for version in 22.23.3 24.21.0 26.10.0; do
    echo "Node $version: $("node-$version/node_modules/.bin/node" parse.mjs data)"
  done
  echo "Node 24.21.0 --liftoff-only: $("$node24" --liftoff-only parse.mjs data)"
  "$node24" --trace-wasm-compilation-times parse.mjs data |
    sed -n 's/.*using TurboFan.* and \([0-9]*\) .* bodysize \([0-9]*\) .*/\1 \2/p' | sort -rn |
    awk 'NR == 1 { print "largest compilation: more than 500 MB:", ($1 > 5e8 ? "yes" : "no"), "of", $2, "bytes" }'
} | tee seen
diff - seen <<'SEEN'
Node 22.23.3: less than 150 MB
Node 24.21.0: more than 450 MB
Node 26.10.0: less than 150 MB
Node 24.21.0 --liftoff-only: less than 150 MB
largest compilation: more than 500 MB: yes of 104930 bytes
SEEN
echo 'as stated'
