"""
Makes a Parquet file of each file of JSON Lines that `sigma-sync emit --format jsonl` wrote, with the types of its manifest.

    pip install duckdb
    python to_parquet.py out/2026-11-29 lake/2026-11-29
"""

import json
import pathlib
import sys

import duckdb

# A number is a double; give exports DECIMAL(38, 9) if their digits matter more than their range.
TYPES = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "timestamp": "TIMESTAMPTZ",
    "date": "DATE",
    "json": "JSON",
}


def quoted(text):
    return "'" + str(text).replace("'", "''") + "'"


def convert(source, target):
    """Gives the number of rows of each stream."""
    target.mkdir(parents=True, exist_ok=True)
    base = duckdb.connect()
    rows = {}
    for entry in json.loads((source / "manifest.json").read_text())["files"]:
        columns = ", ".join(f"{quoted(one['name'])}: {quoted(TYPES[one['type']])}" for one in entry["columns"])
        read = f"read_json({quoted(source / entry['file'])}, format = 'newline_delimited', columns = {{{columns}}})"
        into = quoted(target / f"{entry['stream']}.parquet")
        rows[entry["stream"]] = base.execute(
            f"copy (from {read}) to {into} (format parquet, compression zstd)"
        ).fetchone()[0]
    return rows


if __name__ == "__main__":
    for name, count in convert(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])).items():
        print(name, count)
