#!/usr/bin/env bash
# Installs dbt into .tmp/dbt where that is possible, for the checks of integrations/dbt; says what became of it. It never
# fails: without a network the checks are skipped.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

PACKAGES=(dbt-core==1.12.0 dbt-postgres==1.11.0)
venv=$PWD/.tmp/dbt
mark=$venv/$(printf '%s,' "${PACKAGES[@]}")

# A folder that was moved has its old path inside, and can't be started.
if [ -e "$mark" ] && "$venv/bin/pip" --version >/dev/null 2>&1; then
  echo "dbt is there: ${PACKAGES[*]}"
elif ! command -v python3 >/dev/null; then
  echo 'dbt skipped: there is no python3'
elif ! python3 -m venv --clear "$venv" >/dev/null 2>&1; then
  echo 'dbt skipped: python3 can make no venv'
elif timeout 180 "$venv/bin/pip" install --quiet --disable-pip-version-check --retries 1 --timeout 20 \
  --only-binary :all: "${PACKAGES[@]}" >/dev/null 2>&1; then
  touch "$mark"
  echo "dbt installed: ${PACKAGES[*]}"
else
  rm -f "$venv/bin/dbt"
  echo "dbt skipped: ${PACKAGES[*]} could not be installed"
fi
