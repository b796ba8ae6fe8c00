#!/usr/bin/env bash
# Checks the deployment files by the tools of their fields. Tools that the machine has not are installed into .tmp where
# that is possible; what can't be had is skipped with a reason. Only what a tool finds makes it fail, so it passes without
# a network, too. One line a tool.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

ACTIONLINT=github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
tools=$PWD/.tmp/lint-deploy
mkdir -p "$tools/bin"
PATH=$tools/bin:$tools/venv/bin:$PATH
scratch=$(mktemp -d "$tools/scratch.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
findings=0

line() { printf '%-22s %-8s %s\n' "$1" "$2" "$3"; }

# check NAME WHAT COMMAND…: one line, and what the command said where it failed.
check() {
  local name=$1 what=$2
  shift 2
  if "$@" >"$scratch/said" 2>&1; then
    line "$name" ok "$what"
  else
    line "$name" FAILED "$what"
    sed 's/^/    /' "$scratch/said"
    findings=$((findings + 1))
  fi
}

skip() { line "$1" skipped "$2"; }

has() { command -v "$1" >/dev/null 2>&1; }

# Into a venv of our own, one by one: one that can't be had must not keep the others away.
install_python_tools() {
  has python3 || { echo 'there is no python3'; return; }
  if [ ! -x "$tools/venv/bin/pip" ]; then
    python3 -m venv "$tools/venv" >"$scratch/venv" 2>&1 || { echo 'python3 can make no venv'; return; }
  fi
  grep -v '^#' scripts/lint-deploy.txt | while read -r package; do
    [ -e "$tools/$package" ] && continue
    if timeout 120 "$tools/venv/bin/pip" install --quiet --disable-pip-version-check --retries 1 --timeout 20 \
      --only-binary :all: "$package" >"$scratch/pip" 2>&1; then
      touch "$tools/$package"
    else
      echo "$package could not be installed"
    fi
  done
}

install_actionlint() {
  has actionlint && return
  has go || return
  GOBIN=$tools/bin GOFLAGS=-mod=mod timeout 240 go install "$ACTIONLINT" >"$scratch/go" 2>&1
}

not_there=$(install_python_tools | paste -sd, -)
[ -z "$not_there" ] || echo "tools: $not_there"
install_actionlint

mapfile -t yaml < <(git ls-files '*.yml' '*.yaml')
mapfile -t scripts < <(git ls-files '*.sh' .ci/run bin/sigma-sync)
mapfile -t workflows < <(git ls-files '.github/workflows/*.yml')

if has yamllint; then check yamllint "${#yaml[@]} files" yamllint --strict "${yaml[@]}"; else skip yamllint 'not installed'; fi
if has shellcheck; then check shellcheck "${#scripts[@]} scripts" shellcheck "${scripts[@]}"; else skip shellcheck 'not installed'; fi
if has hadolint; then check hadolint Dockerfile hadolint Dockerfile; else skip hadolint 'not installed'; fi

if has check-jsonschema; then
  schema() { check check-jsonschema "$1: ${*:3}" check-jsonschema "--${2%%=*}" "${2#*=}" "${@:3}"; }
  schema 'Compose' builtin-schema=vendor.compose-spec compose.yaml compose.demo.yaml
  schema 'workflows' builtin-schema=vendor.github-workflows "${workflows[@]}"
  schema 'Dependabot' builtin-schema=vendor.dependabot .github/dependabot.yml
  schema 'issue forms' builtin-schema=vendor.github-issue-forms .github/ISSUE_TEMPLATE/bug.yml .github/ISSUE_TEMPLATE/feature.yml
  schema 'issue chooser' builtin-schema=vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
  schema 'our settings' schemafile=config/sigma-sync.schema.json \
    deploy/kubernetes/base/sigma-sync.yaml deploy/kubernetes/overlays/fleet/sigma-sync.yaml \
    deploy/compose/demo/sigma-sync.yaml
else
  skip check-jsonschema 'not installed'
fi

if has actionlint; then check actionlint "${#workflows[@]} workflows" actionlint; else skip actionlint 'not installed, and no Go to install it'; fi
if has zizmor; then
  check zizmor 'security of the workflows' zizmor --offline --quiet --min-severity medium .github
else
  skip zizmor 'not installed'
fi

if docker compose version >/dev/null 2>&1; then
  check 'docker compose' compose.yaml docker compose --file compose.yaml config --quiet
  check 'docker compose' 'with compose.demo.yaml' docker compose --file compose.yaml --file compose.demo.yaml config --quiet
else
  skip 'docker compose' 'no such plugin of docker'
fi

build_overlay() {
  if has kustomize; then kustomize build "$1"; else kubectl kustomize "$1"; fi
}
if has kustomize || has kubectl; then
  for overlay in deployment cronjob fleet; do
    if build_overlay "deploy/kubernetes/overlays/$overlay" >"$scratch/$overlay.yaml" 2>"$scratch/said"; then
      line kustomize ok "overlays/$overlay"
    else
      line kustomize FAILED "overlays/$overlay"
      sed 's/^/    /' "$scratch/said"
      findings=$((findings + 1))
      rm "$scratch/$overlay.yaml"
    fi
  done
else
  skip kustomize 'neither kustomize nor kubectl is installed'
  # The plain files are valid by themselves, too; only what the overlays put together goes unchecked.
  cp deploy/kubernetes/overlays/deployment/deployment.yaml deploy/kubernetes/overlays/cronjob/cronjob.yaml \
    deploy/kubernetes/overlays/fleet/planner.yaml deploy/kubernetes/overlays/fleet/worker.yaml "$scratch"
fi
if has kubernetes-validate; then
  for version in 1.28 1.37; do
    check kubernetes-validate "Kubernetes $version" \
      kubernetes-validate --kubernetes-version "$version" --strict "$scratch"/*.yaml deploy/kubernetes/secret.example.yaml
  done
else
  skip kubernetes-validate 'not installed'
fi

bash scripts/install-python.sh dbt >"$scratch/dbt"
if [ -x .tmp/dbt/bin/dbt ]; then
  mkdir "$scratch/profiles"
  cp integrations/dbt/profiles.example.yml "$scratch/profiles/profiles.yml"
  # Parsing needs no database; a warning is of something that a later dbt will refuse.
  parse() {
    check dbt "parse: $1" env DBT_SEND_ANONYMOUS_USAGE_STATS=false DBT_PROFILES_DIR="$scratch/profiles" \
      DBT_TARGET_PATH="$scratch/target" DBT_LOG_PATH="$scratch/logs" \
      .tmp/dbt/bin/dbt --no-use-colors --no-version-check --warn-error parse --no-partial-parse \
      --project-dir integrations/dbt --vars "$2"
  }
  parse integrations/dbt '{}'
  parse 'integrations/dbt, all organizations' '{sigma_schema: sigma_all, all_organizations: true}'
else
  skip dbt "$(sed 's/^dbt skipped: //' "$scratch/dbt")"
fi

if has systemd-analyze; then
  # The program need not be installed here to check the rest.
  mkdir "$scratch/units"
  cp deploy/systemd/*.service deploy/systemd/*.timer "$scratch/units"
  sed -i 's#^ExecStart=[^ ]*#ExecStart=/bin/true#' "$scratch"/units/*.service
  check 'systemd-analyze' 'verify: deploy/systemd' systemd-analyze verify "$scratch"/units/*
  for unit in "$scratch"/units/*.service; do
    # Exposure in tenths: 2.0 of 10.
    check 'systemd-analyze' "security: $(basename "$unit")" \
      systemd-analyze security --offline=true --threshold=20 --no-pager "$unit"
  done
else
  skip systemd-analyze 'not installed'
fi

mapfile -t prometheus < <(git ls-files 'deploy/prometheus/*.yml' 'deploy/prometheus/*.yaml')
if [ "${#prometheus[@]}" -eq 0 ]; then
  skip promtool 'there is no deploy/prometheus'
elif ! has promtool; then
  skip promtool 'not installed'
else
  for file in "${prometheus[@]}"; do
    case $file in
      *test*) check promtool "test: $file" promtool test rules "$file" ;;
      *) if grep -q '^groups:' "$file"; then check promtool "rules: $file" promtool check rules "$file";
         else check promtool "config: $file" promtool check config --syntax-only "$file"; fi ;;
    esac
  done
fi

if [ "$findings" -gt 0 ]; then
  echo "$findings with findings"
  exit 1
fi
