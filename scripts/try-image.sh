#!/usr/bin/env bash
# Builds the image and runs it as deployed: a number as its user, a read-only file system, no capability; against a
# Postgres and a simulated Sigma in containers of their own. It fails if anything is not as docs/deploy.md says. If
# Docker does not answer, or an image can't be had, it says so and passes.
#
#   NODE_IMAGE, RUNTIME_IMAGE, POSTGRES_IMAGE   other images than the usual ones
#   IMAGE                                       an image that is there already, instead of building one
set -euo pipefail
cd "$(dirname "$0")/.."

skip() { echo "skipped: $1"; exit 0; }
if ! command -v docker >/dev/null; then skip 'docker is not installed'; fi
docker info >/dev/null 2>&1 || skip 'Docker does not answer'

image=${IMAGE:-sigma-sync:try}
postgres_image=${POSTGRES_IMAGE:-postgres:18.6-bookworm}
id=sigma-sync-try-$$
secrets=$(mktemp -d)
chmod 711 "$secrets"

cleanup() {
  docker rm --force --volumes "$id" "$id-simulator" "$id-postgres" >/dev/null 2>&1 || true
  docker network rm "$id" >/dev/null 2>&1 || true
  rm -rf "$secrets"
}
trap cleanup EXIT

said() { printf '%-34s %s\n' "$1" "$2"; }
fail() {
  echo "FAILED: $1"
  docker logs --tail 30 "$id" 2>&1 | sed 's/^/    /' || true
  exit 1
}
# within SECONDS WHAT COMMAND…: repeats until it succeeds.
within() {
  local until=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$until" ] || fail "$what"
    sleep 0.5
  done
}
have() { docker image inspect "$1" >/dev/null 2>&1 || docker pull --quiet "$1" >/dev/null 2>&1 || skip "the image $1 can't be had"; }
ms() { date +%s%3N; }

have "$postgres_image"
if [ -z "${IMAGE:-}" ]; then
  build=(--tag "$image")
  for name in NODE_IMAGE RUNTIME_IMAGE; do
    [ -z "${!name:-}" ] || build+=(--build-arg "$name=${!name}")
  done
  have "${NODE_IMAGE:-node:24-bookworm-slim}"
  have "${RUNTIME_IMAGE:-debian:bookworm-slim}"
  began=$(ms)
  docker build "${build[@]}" . >"$secrets/build" 2>&1 || { tail -40 "$secrets/build"; fail 'the image could not be built'; }
  said built "$(($(ms) - began)) ms"
fi
size=$(docker image inspect --format '{{.Size}}' "$image")
said 'size of the image' "$((size / 1000000)) MB"
[ "$size" -lt 300000000 ] || fail 'the image is larger than 300 MB'

client_secret=client-$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
database_password=database-$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
page_password=page-$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
echo "$client_secret" >"$secrets/client"
echo "postgresql://sigma_sync:$database_password@postgres:5432/warehouse" >"$secrets/url"
echo "$page_password" >"$secrets/page"
printf 'schedules:\n  - {name: every-minute, cron: "* * * * *"}\nservice: {jitter_seconds: 0}\n' >"$secrets/sigma-sync.yaml"
chmod 444 "$secrets"/*

hardened=(--read-only --tmpfs '/tmp:size=16m,noexec,nosuid,nodev' --cap-drop ALL --security-opt no-new-privileges)
settings=(
  --env SIGMA_BASE_URL=http://127.0.0.1:8787 --env SIGMA_CLIENT_ID=simulator-client
  --env SIGMA_CLIENT_SECRET_FILE=/run/secrets/client --volume "$secrets/client:/run/secrets/client:ro"
  --env DATABASE_URL_FILE=/run/secrets/url --volume "$secrets/url:/run/secrets/url:ro"
  --env SIGMA_SYNC_PASSWORD_FILE=/run/secrets/page --volume "$secrets/page:/run/secrets/page:ro"
  --env SIGMA_SYNC_HOST=0.0.0.0
  --volume "$secrets/sigma-sync.yaml:/srv/sigma-sync/config/sigma-sync.yaml:ro"
)
# The simulator listens on loopback only, so the others join its network.
docker network create "$id" >/dev/null
docker run --detach --name "$id-postgres" --network "$id" --network-alias postgres \
  --env POSTGRES_USER=sigma_sync --env POSTGRES_DB=warehouse --env POSTGRES_PASSWORD="$database_password" \
  "$postgres_image" >/dev/null
docker run --detach --name "$id-simulator" --network "$id" --no-healthcheck "${hardened[@]}" \
  "$image" simulate --latency 5 --client-secret "$client_secret" >/dev/null
within 90 'Postgres did not start' docker exec "$id-postgres" pg_isready --host 127.0.0.1 --dbname warehouse
run() { docker run --network "container:$id-simulator" "${hardened[@]}" "${settings[@]}" "$@"; }
query() { docker exec "$id-postgres" psql --username sigma_sync --dbname warehouse --tuples-only --no-align --command "$1"; }

# One command after the other: check, wrong settings, a sync, a sync that is stopped.
run --rm --no-healthcheck "$image" check >"$secrets/said" || { cat "$secrets/said"; fail 'check failed'; }
said check 'exit code 0'
code=0
run --rm --no-healthcheck --env SIGMA_REGION=nowhere "$image" sync >/dev/null 2>&1 || code=$?
[ "$code" -eq 2 ] || fail "wrong settings ended with $code, not 2"
said 'wrong settings' 'exit code 2'
code=0
run --detach --name "$id" --no-healthcheck "$image" sync >/dev/null
within 30 'no row arrived' sh -c "[ \"\$(docker exec $id-postgres psql --username sigma_sync --dbname warehouse -Atc 'select count(*) > 0 from sigma.members')\" = t ]"
began=$(ms)
docker stop --time 30 "$id" >/dev/null
code=$(docker inspect --format '{{.State.ExitCode}}' "$id")
[ "$code" -eq 130 ] || fail "a sync that was stopped ended with $code, not 130"
said 'SIGTERM in the middle of a sync' "exit code 130 after $(($(ms) - began)) ms"
docker rm "$id" >/dev/null
run --rm --no-healthcheck "$image" sync >/dev/null 2>&1 || fail "sync ended with $?"
said 'the sync after it' "exit code 0, $(query 'select count(*) from sigma.workbooks') workbooks"

# The long-lived process.
run --detach --name "$id" --health-interval 1s --health-start-period 1s "$image" >/dev/null
began=$(ms)
within 60 'it did not become healthy' sh -c "[ \"\$(docker inspect --format '{{.State.Health.Status}}' $id)\" = healthy ]"
said 'healthy' "after $(($(ms) - began)) ms"

status=$(docker exec "$id" cat /proc/1/status)
for want in 'Uid:.65532.65532' 'CapEff:.0000000000000000' 'NoNewPrivs:.1'; do
  grep -q "^$want" <<<"$status" || fail "process 1 has not $want"
done
said 'process 1' 'user 65532, no capability, no new privileges'
docker exec "$id" node --eval 'require("node:fs").writeFileSync("/app/x", "")' >/dev/null 2>&1 && fail 'the file system can be written'
said 'file system' 'read-only'

ask() { docker exec --env AUTH="${2:-}" "$id" node --eval "
  const headers = process.env.AUTH === '' ? {} : { authorization: 'Basic ' + btoa('sigma-sync:' + process.env.AUTH) };
  fetch('http://127.0.0.1:8080$1', { headers }).then(({ status }) => console.log(status));"; }
for question in '/healthz  200' '/readyz  200' '/  401' '/metrics  401' "/ $page_password 200"; do
  IFS=' ' read -r path password want <<<"${question/  / - }"
  got=$(ask "$path" "${password/#-/}")
  [ "$got" = "$want" ] || fail "$path answered $got, not $want"
done
said 'page' '401 without password, 200 with it; /healthz and /readyz 200'

docker kill --signal HUP "$id" >/dev/null
sleep 2
[ "$(docker inspect --format '{{.State.Running}}' "$id")" = true ] || fail 'SIGHUP ended it'
said SIGHUP 'it goes on'

within 150 'no schedule ran' sh -c "[ \"\$(docker exec $id-postgres psql --username sigma_sync --dbname warehouse -Atc \"select count(*) > 0 from sigma_sync.runs where trigger = 'schedule'\")\" = t ]"
said 'a schedule' ran
memory=$(docker stats --no-stream --format '{{.MemUsage}}' "$id")
said memory "$memory"

began=$(ms)
docker stop --time 30 "$id" >/dev/null
took=$(($(ms) - began))
code=$(docker inspect --format '{{.State.ExitCode}}' "$id")
[ "$code" -eq 0 ] || fail "stopped, it ended with $code, not 0"
[ "$took" -lt 10000 ] || fail "it took $took ms to stop"
said 'SIGTERM' "exit code 0 after $took ms"

# Nothing of what it knew may be found in the image, the container or its log.
{
  docker history --no-trunc "$image"
  docker image inspect "$image"
  docker inspect "$id"
  docker logs "$id"
} >"$secrets/traces" 2>&1
for secret in "$client_secret" "$database_password" "$page_password"; do
  if grep -q "$secret" "$secrets/traces"; then fail 'a secret is in the history, the container or the log'; fi
done
said 'secrets' 'none in history, inspect and log'
