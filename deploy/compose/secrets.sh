#!/bin/sh
# Creates the files under secrets/ that compose.yaml mounts. Existing files are kept, so it can run again.
# It asks for the client secret, or reads it from standard input if that is no terminal.
set -eu
cd "$(dirname "$0")/../.."

# Only you may enter the folder. The files themselves must be readable for the users of the containers, which get them
# one by one.
umask 077
mkdir -p secrets

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

# save NAME VALUE
save() {
  printf '%s\n' "$2" >"secrets/$1.new"
  chmod 644 "secrets/$1.new"
  mv "secrets/$1.new" "secrets/$1"
  echo "made secrets/$1"
}

if [ ! -s secrets/sigma_client_secret ]; then
  if [ -t 0 ]; then
    printf 'Client secret of the Sigma API credentials (not shown): '
    trap 'stty echo' EXIT
    stty -echo
    read -r secret
    stty echo
    trap - EXIT
    printf '\n'
  else
    read -r secret
  fi
  [ -n "$secret" ] || { echo 'No client secret was given.' >&2; exit 2; }
  save sigma_client_secret "$secret"
fi
[ -s secrets/database_password ] || save database_password "$(random)"
[ -s secrets/database_url ] ||
  save database_url "postgresql://sigma_sync:$(cat secrets/database_password)@postgres:5432/warehouse"
[ -s secrets/page_password ] || save page_password "$(random)"
[ -s secrets/page_token ] || save page_token "$(random)"
echo 'The page asks for user sigma-sync and the password in secrets/page_password.'
