#!/usr/bin/env bash
# pg 8.23.1 (node-postgres) keeps a numeric exact, as a string, and reads numeric[] as floating point.
#
# Expected: the elements of an array have the type of the scalar: '12345678901234567890.123' and '1.10'.
# Seen:     [12345678901234567000, 1.1]: digits and trailing zeros are gone. int8[] stays strings, as int8 does.
#           PGlite 0.5.16 gives strings in both places, so the same query differs between a server and the embedded one.
# Sure:     run with the versions below; pg's parsers get the text of a server directly.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund pg@8.23.1 @electric-sql/pglite@0.5.16
cat >arrays.mjs <<'JS'
import { PGlite, types } from '@electric-sql/pglite';
import pg from 'pg';

const { NUMERIC, INT8 } = types;
const [NUMERIC_ARRAY, INT8_ARRAY] = [1231, 1016];
const read = (type, text) => JSON.stringify(pg.types.getTypeParser(type, 'text')(text));
console.log('pg numeric  ', read(NUMERIC, '12345678901234567890.123'));
console.log('pg numeric[]', read(NUMERIC_ARRAY, '{12345678901234567890.123,1.10}'));
console.log('pg int8     ', read(INT8, '9007199254740993'));
console.log('pg int8[]   ', read(INT8_ARRAY, '{9007199254740993}'));
const db = await PGlite.create();
const { rows } = await db.query('select array[12345678901234567890.123, 1.10]::numeric[] as n');
console.log('PGlite numeric[]', JSON.stringify(rows[0].n));
await db.close();
JS
node arrays.mjs | tee seen
diff - seen <<'SEEN'
pg numeric   "12345678901234567890.123"
pg numeric[] [12345678901234567000,1.1]
pg int8      "9007199254740993"
pg int8[]    ["9007199254740993"]
PGlite numeric[] ["12345678901234567890.123","1.10"]
SEEN
echo 'as stated'
