#!/usr/bin/env bash
# dlt 1.31.0 loads two fields whose snake_case is equal into one column, and keeps the last value without a word.
#
# Expected: an error, or two columns. An API that has both userId and user_id, or a__b beside a nested a.b, is valid.
# Seen:     one column user_id with the value of the later key; the value of the other one is nowhere.
#           The order of keys in the JSON decides, so the next page may keep the other one.
# Sure:     run with the versions below, into DuckDB; the normalizer is the default one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'dlt[duckdb]==1.31.0' 'duckdb==1.5.5'
cat >load.py <<'PY'
import os

os.environ["DLT_DATA_DIR"] = os.getcwd()
os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__LOG_LEVEL"] = "CRITICAL"
import dlt

CASES = {
    "camel_first": {"id": 1, "userId": "camel", "user_id": "snake"},
    "snake_first": {"id": 1, "user_id": "snake", "userId": "camel"},
    "nested": {"id": 1, "a__b": "flat", "a": {"b": "nested"}},
}
for name, row in CASES.items():
    destination = dlt.destinations.duckdb(f"{name}.duckdb")
    pipeline = dlt.pipeline(name, destination=destination, dataset_name="d")
    pipeline.run([row], table_name="t")
    with pipeline.sql_client() as client:
        loaded = client.execute_sql("select columns(c -> c not like '\\_dlt%' escape '\\') from d.t")
    print(name, loaded)
PY
venv/bin/python load.py 2>/dev/null | tee seen
diff - seen <<'SEEN'
camel_first [(1, 'snake')]
snake_first [(1, 'camel')]
nested [(1, 'nested')]
SEEN
echo 'as stated'
