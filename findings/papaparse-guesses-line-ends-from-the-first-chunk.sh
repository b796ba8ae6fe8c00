#!/usr/bin/env bash
# papaparse 5.7.1, as a Node stream, guesses the line ends from the first chunk alone, wherever it ends.
#
# Expected: the place where a network cuts a file does not change its rows.
# Seen:     a file with CR LF whose first chunk ends between CR and LF gets a line feed at the front of every first
#           cell and one row more; one whose first chunk ends inside the header keeps a CR at the end of every last cell.
#           No error is raised, and numbers of the last column are texts from then on.
# Sure:     run with the version below; three cuts of the same bytes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund papaparse@5.7.1
cat >cuts.mjs <<'JS'
import Papa from 'papaparse';

const FILE = 'id,n\r\n1,10\r\n2,20\r\n';

async function rowsOf(chunks) {
  const parser = Papa.parse(Papa.NODE_STREAM_INPUT, {});
  for (const chunk of chunks) parser.write(chunk);
  parser.end();
  const rows = [];
  for await (const row of parser) rows.push(row);
  return JSON.stringify(rows);
}

console.log('in one piece      ', await rowsOf([FILE]));
console.log('between CR and LF ', await rowsOf([FILE.slice(0, 5), FILE.slice(5)]));
console.log('inside the header ', await rowsOf([FILE.slice(0, 3), FILE.slice(3)]));
JS
node cuts.mjs | tee seen
diff - seen <<'SEEN'
in one piece       [["id","n"],["1","10"],["2","20"]]
between CR and LF  [["id","n"],["\n1","10"],["\n2","20"],["\n"]]
inside the header  [["id","n\r"],["1","10\r"],["2","20\r"]]
SEEN
echo 'as stated'
