#!/usr/bin/env bash
# Installs Python tools into .tmp where that is possible, and says of each whether it is there: dbt for the checks of
# integrations/dbt, clients of the Sigma API that others wrote, which read the simulator in the tests, Singer
# targets and PyAirbyte, which load what "emit" sends, Airflow, which runs the example for it, as Dagster does, and
# readers of the tables. Names as arguments choose among them. It never fails: without a network the tests that need them are skipped.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

wanted=" ${*:-dbt datahub dagster meltanolabs duckdb singer-tools airbyte airflow readers} "

# install NAME FOLDER OPTION… PACKAGE…: a venv for each, because their dependencies exclude each other.
install() {
  local name=$1 venv=$PWD/.tmp/$2
  shift 2
  case $wanted in *" $name "*) ;; *) return ;; esac
  local mark
  mark=$venv/$(printf '%s,' "${@//\//_}")
  # A folder that was moved has its old path inside, and can't be started.
  if [ -e "$mark" ] && "$venv/bin/pip" --version >/dev/null 2>&1; then
    echo "$name is there: $*"
  elif ! command -v python3 >/dev/null; then
    echo "$name skipped: there is no python3"
  elif ! python3 -m venv --clear "$venv" >/dev/null 2>&1; then
    echo "$name skipped: python3 can make no venv"
  elif timeout 400 "$venv/bin/pip" install --quiet --disable-pip-version-check --retries 1 --timeout 20 \
    "$@" >/dev/null 2>&1; then
    touch "$mark"
    echo "$name installed: $*"
  else
    rm -rf "$venv"
    echo "$name skipped: $* could not be installed"
  fi
}

binary=--only-binary=:all:
install dbt dbt $binary dbt-core==1.10.23 dbt-postgres==1.9.1
install datahub peers/datahub $binary 'acryl-datahub[sigma]==1.7.0.17'
install dagster peers/dagster $binary dagster-sigma==0.29.27
install meltanolabs targets/meltanolabs $binary meltanolabs-target-postgres==0.8.1
# Of a newer duckdb this target loses the first row of a batch.
install duckdb targets/duckdb $binary target-duckdb==0.8.0 duckdb==1.1.3
install airbyte targets/airbyte $binary airbyte==0.71.3
# It has dependencies without wheels.
install singer-tools targets/singer-tools --prefer-binary singer-tools==0.4.1 singer-python==6.8.0
install airflow airflow $binary apache-airflow==3.3.2
install readers readers $binary connectorx==0.4.6 adbc-driver-postgresql==1.13.0 pyarrow==24.0.0
# For bench/peers alone; tap-sigma is in no registry.
install dlt peers/dlt $binary 'dlt[postgres]==1.31.0'
install tap-sigma peers/tap-sigma --prefer-binary \
  'tap-sigma @ git+https://github.com/MeltanoLabs/tap-sigma@8dda58dbca6dcdd2c0f8bde782ab3fb26bc4d6c3'
