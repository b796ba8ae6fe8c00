#!/usr/bin/env bash
# dlt 1.31.0 types a column by the first value it ever sees; later values that do not fit go to another column.
#
# Expected: 1 and then 1.5 make a number column, and a text stays a text in any case.
# Seen:     the fraction is in "hours__v_double" and "hours" is null there, so that sum(hours) is 1 instead of 2.5.
#           A name that reads like a time makes the column a timestamp: the text as sent is lost for that row, and every
#           ordinary name goes to "name__v_text". No warning.
# Sure:     run with the versions below, into DuckDB; the documentation has variant columns, but not their effect on sums.
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

pipeline = dlt.pipeline("p", destination=dlt.destinations.duckdb("p.duckdb"), dataset_name="d")
rows = [
    {"id": 1, "hours": 1, "name": "2026-01-01T00:00:00+02:00"},
    {"id": 2, "hours": 1.5, "name": "Revenue"},
]
pipeline.run(rows, table_name="t")
with pipeline.sql_client() as client:
    columns = client.execute_sql(
        "select column_name, data_type from information_schema.columns"
        " where table_name = 't' and column_name not like '\\_dlt%' escape '\\' order by column_name"
    )
    for column in columns:
        print(*column)
    print("sum", client.execute_sql("select sum(hours) from d.t")[0][0])
    print("names", [row[0] for row in client.execute_sql("select name__v_text from d.t order by id")])
PY
venv/bin/python load.py 2>/dev/null | tee seen
diff - seen <<'SEEN'
hours BIGINT
hours__v_double DOUBLE
id BIGINT
name TIMESTAMP WITH TIME ZONE
name__v_text VARCHAR
sum 1
names [None, 'Revenue']
SEEN
echo 'as stated'
