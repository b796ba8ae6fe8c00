#!/usr/bin/env bash
# target-duckdb 0.8.0 writes a state to its output before the rows that the state covers are in the database.
#
# Expected: a state comes out once everything before it is written, so that the run after a crash resumes from it.
# Seen:     the first state of the input counts as written. If a later stream fills a batch, that stream alone is
#           written and this state comes out, though the rows of the first stream are in memory still. A process that is
#           killed then, and resumes from its last state, never gets them. With "flush_all_streams": true they are there.
# Sure:     run with the versions below.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --only-binary=:all: target-duckdb==0.8.0 duckdb==1.1.3
cat >run.py <<'PY'
import json, subprocess, sys

schema = {"type": "object", "properties": {"id": {"type": "integer"}, "text": {"type": ["null", "string"]}}}
def schema_of(stream):
    return {"type": "SCHEMA", "stream": stream, "schema": schema, "key_properties": ["id"]}
def record(stream, id, text="a"):
    return {"type": "RECORD", "stream": stream, "record": {"id": id, "text": text}}
lines = [
    schema_of("small"), record("small", 1), {"type": "STATE", "value": {"sent": ["small"]}},
    schema_of("large"), record("large", 1), record("large", 2),
    # The target reads its input by so many bytes.
    record("large", 3, "a" * 20000),
]
for name, more in [("as it comes", {}), ("flush_all_streams", {"flush_all_streams": True})]:
    file = "%s.duckdb" % len(more)
    with open("config.json", "w") as config:
        json.dump({"filepath": file, "default_target_schema": "main", "batch_size_rows": 2, **more}, config)
    target = subprocess.Popen(["venv/bin/target-duckdb", "--config", "config.json"], text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    target.stdin.write("".join(json.dumps(line) + "\n" for line in lines))
    target.stdin.flush()
    state = target.stdout.readline().strip()
    target.kill()
    target.wait()
    count = "import duckdb; print(*duckdb.connect('%s').execute('select count(*) from main.%s').fetchone())"
    rows = [subprocess.check_output(["venv/bin/python", "-c", count % (file, table)], text=True).strip()
            for table in ("small", "large")]
    print("%s: state %s, small has %s rows, large has %s" % (name, state, *rows))
PY
python3 run.py | tee seen
diff - seen <<'SEEN'
as it comes: state {"sent": ["small"]}, small has 0 rows, large has 2
flush_all_streams: state {"sent": ["small"]}, small has 1 rows, large has 2
SEEN
echo 'as stated'
