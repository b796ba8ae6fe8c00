#!/usr/bin/env bash
# node-cron 4.6.0 runs a schedule with a day of the month and a day of the week only if both fit.
#
# Expected: crontab(5) and every cron since runs "0 0 13 * 1" on each 13th and on each Monday.
# Seen:     in November 2026 (the 13th is a Friday) "0 0 13 * 1" never runs, "0 0 1-7 * 1" only on Monday the 2nd.
#           validate() accepts both. A monthly job with "or on Mondays" runs about twice a year, without a word.
# Sure:     run with the version below; the days are those that task.match() accepts.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund node-cron@4.6.0
cat >days.mjs <<'JS'
import { createTask, validate } from 'node-cron';

for (const expression of ['0 0 13 * *', '0 0 * * 1', '0 0 13 * 1', '0 0 1-7 * 1']) {
  const task = createTask(expression, () => undefined, { timezone: 'UTC' });
  const days = Array.from({ length: 30 }, (_, i) => i + 1).filter((day) =>
    task.match(new Date(Date.UTC(2026, 10, day))),
  );
  console.log(`${expression} | valid ${validate(expression)} | ${days.join(' ') || 'never'}`);
  await task.destroy();
}
JS
node days.mjs | tee seen
diff - seen <<'SEEN'
0 0 13 * * | valid true | 13
0 0 * * 1 | valid true | 2 9 16 23 30
0 0 13 * 1 | valid true | never
0 0 1-7 * 1 | valid true | 2
SEEN
echo 'as stated'
