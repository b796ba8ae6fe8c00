#!/usr/bin/env bash
# PGlite 0.5.16: a Date that is written to a `timestamp` column comes back as another instant if TZ is not UTC.
#
# Expected: the instant that was written is read back, as with pg (node-postgres), which uses the zone of the process in
#           both directions.
# Seen:     with TZ=America/New_York 10:00 UTC is stored as "10:00:00" and read as 15:00 UTC: the writer takes UTC, the
#           reader the zone of the process. With TZ=UTC, as on most servers and in CI, the fault does not show. A `timestamptz`
#           keeps its instant.
# Sure:     run with the versions below, in two zones.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @electric-sql/pglite@0.5.16
cat >round-trip.mjs <<'JS'
import { PGlite } from '@electric-sql/pglite';

const written = new Date('2026-03-03T10:00:00Z');
const db = await PGlite.create();
await db.exec('create table t (plain timestamp, zoned timestamptz)');
await db.query('insert into t values ($1, $2)', [written, written]);
const stored = await db.query('select plain::text as plain from t');
const read = await db.query('select plain, zoned from t');
const { plain, zoned } = read.rows[0];
console.log(`${process.env.TZ}: stored ${stored.rows[0].plain}, read ${plain.toISOString()}, zoned ${zoned.toISOString()}`);
await db.close();
JS
{
  TZ=UTC node round-trip.mjs
  TZ=America/New_York node round-trip.mjs
} | tee seen
diff - seen <<'SEEN'
UTC: stored 2026-03-03 10:00:00, read 2026-03-03T10:00:00.000Z, zoned 2026-03-03T10:00:00.000Z
America/New_York: stored 2026-03-03 10:00:00, read 2026-03-03T15:00:00.000Z, zoned 2026-03-03T10:00:00.000Z
SEEN
echo 'as stated'
