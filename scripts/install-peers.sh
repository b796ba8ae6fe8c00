#!/usr/bin/env bash
# Installs clients of the Sigma API that others wrote into .tmp/peers where that is possible, for the test that they
# read the simulator; says what became of each. It never fails: without a network that test is skipped.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

install() {
  local name=$1
  shift
  local venv=$PWD/.tmp/peers/$name
  local mark
  mark=$venv/$(printf '%s,' "$@")
  # A folder that was moved has its old path inside, and can't be started.
  if [ -e "$mark" ] && "$venv/bin/pip" --version >/dev/null 2>&1; then
    echo "$name is there: $*"
  elif ! command -v python3 >/dev/null; then
    echo "$name skipped: there is no python3"
  elif ! python3 -m venv --clear "$venv" >/dev/null 2>&1; then
    echo "$name skipped: python3 can make no venv"
  elif timeout 240 "$venv/bin/pip" install --quiet --disable-pip-version-check --retries 1 --timeout 20 \
    --only-binary :all: "$@" >/dev/null 2>&1; then
    touch "$mark"
    echo "$name installed: $*"
  else
    rm -rf "$venv"
    echo "$name skipped: $* could not be installed"
  fi
}

# Each has its own, because their dependencies exclude each other.
install datahub 'acryl-datahub[sigma]==1.7.0.17'
install dagster dagster-sigma==0.29.27
