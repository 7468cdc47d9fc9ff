#!/usr/bin/env bash
# Builds the constellation, starts it on a port and volumes of its own, runs the journeys inside it
# with two workflow services, and takes everything down again, whatever happened.
set -euo pipefail
cd "$(dirname "$0")/.."

docker compose version >/dev/null 2>&1 || { echo "needs Docker with Compose v2" >&2; exit 1; }

COMPOSE_PROJECT_NAME="sealflow-test-$$"
SEALFLOW_SECRETS="$(mktemp -d)"
SEALFLOW_PORT=0 # any free one; the tests come from inside
export COMPOSE_PROJECT_NAME SEALFLOW_SECRETS SEALFLOW_PORT

compose() { docker compose --file deploy/compose.yaml --profile test "$@"; }

clean_up() {
  status=$?
  if [ "$status" -ne 0 ]; then compose logs --no-color --tail 40 >&2 || true; fi
  compose down --volumes --remove-orphans --timeout 10 >/dev/null 2>&1 || true
  rm -rf "$SEALFLOW_SECRETS"
  exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

started=$SECONDS
say() { printf '[%3d s] %s\n' "$((SECONDS - started))" "$*"; }

python3 deploy/draw_secrets.py "$SEALFLOW_SECRETS"
compose build --quiet
say "built"
compose up --detach --wait --quiet-pull --scale workflow-svc=2 --scale tests=0
say "up: $(compose ps --format '{{.Service}} {{.Status}}' | sort | paste -sd ',' -)"
compose run --rm --no-deps tests
say "the journeys are done"
