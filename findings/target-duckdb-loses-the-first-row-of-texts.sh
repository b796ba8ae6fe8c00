#!/usr/bin/env bash
# target-duckdb 0.8.0 loses the first row of each batch of a stream all of whose values are texts.
#
# Expected: three rows.
# Seen:     two, with exit code 0 and a state: the target writes a batch into a CSV without a header and leaves it to
#           DuckDB to guess the dialect, and a file of texts alone seems to begin with its names. A number or a time in each
#           row prevents that.
# Sure:     run with the versions below.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --only-binary=:all: target-duckdb==0.8.0 duckdb==1.1.3
cat >run.py <<'PY'
import json, subprocess

for kind, value in [("string", lambda i: "text %d" % i), ("integer", lambda i: i)]:
    schema = {"type": "object", "properties": {"id": {"type": "string"}, "value": {"type": ["null", kind]}}}
    lines = [{"type": "SCHEMA", "stream": "rows", "schema": schema, "key_properties": ["id"]}]
    lines += [{"type": "RECORD", "stream": "rows", "record": {"id": "id %d" % i, "value": value(i)}} for i in (1, 2, 3)]
    with open("config.json", "w") as config:
        json.dump({"filepath": kind + ".duckdb", "default_target_schema": "main"}, config)
    target = subprocess.run(["venv/bin/target-duckdb", "--config", "config.json"], text=True, capture_output=True,
                            input="".join(json.dumps(line) + "\n" for line in lines))
    query = "import duckdb; print([id for id, in duckdb.connect('%s.duckdb').execute('select id from main.rows order by 1').fetchall()])"
    rows = subprocess.check_output(["venv/bin/python", "-c", query % kind], text=True).strip()
    print("%s: exit code %d, %s" % (kind, target.returncode, rows))
PY
python3 run.py | tee seen
diff - seen <<'SEEN'
string: exit code 0, ['id 2', 'id 3']
integer: exit code 0, ['id 1', 'id 2', 'id 3']
SEEN
echo 'as stated'
