#!/usr/bin/env bash
# p-queue 10.0.0: a task that timed out, or whose signal was aborted, gives its slot away while it still runs.
#
# Expected: with concurrency 1 never two tasks run at once; onIdle() resolves when nothing runs any more.
# Seen:     with timeout 50 and tasks of 300 ms four run at once, and onIdle() resolves while they do. Likewise after an
#           abort. So a limit for an API, or a close() that waits for the queue, holds only if each task ends with its
#           own time limit.
# Sure:     run with the version below.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund p-queue@10.0.0
cat >slots.mjs <<'JS'
import { setTimeout as sleep } from 'node:timers/promises';
import PQueue from 'p-queue';

let running = 0;
let most = 0;
async function task() {
  running++;
  most = Math.max(most, running);
  await sleep(300);
  running--;
}

const timed = new PQueue({ concurrency: 1, timeout: 50 });
const outcomes = Promise.allSettled([1, 2, 3, 4].map(() => timed.add(task)));
await timed.onIdle();
console.log(`timeout: most at once ${most}, running when idle ${running > 0 ? 'some' : 'none'}`);
await outcomes;
await sleep(400);

most = 0;
const aborted = new PQueue({ concurrency: 1 });
const stop = new AbortController();
const first = aborted.add(task, { signal: stop.signal }).catch((error) => error.name);
const second = aborted.add(task);
await sleep(20);
stop.abort();
console.log(`abort: ${await first}, most at once ${(await second, most)}`);
JS
node slots.mjs | tee seen
diff - seen <<'SEEN'
timeout: most at once 4, running when idle some
abort: AbortError, most at once 2
SEEN
echo 'as stated'
