# Sourced by the other scripts: paths and small helpers.
# shellcheck shell=bash
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD_DIR=${BUILD_DIR:-$ROOT/build}
RUN_DIR=${RUN_DIR:-$ROOT/.run}
case $BUILD_DIR in /*) ;; *) BUILD_DIR=$ROOT/$BUILD_DIR ;; esac
case $RUN_DIR in /*) ;; *) RUN_DIR=$ROOT/$RUN_DIR ;; esac
SERVICES=(bank scoring reporting)

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# Runs a command as the unprivileged user that PostgreSQL needs when we are root.
as_postgres() {
  if [ "$(id -u)" = 0 ]; then
    setpriv --reuid=postgres --regid=postgres --clear-groups "$@"
  else
    "$@"
  fi
}

# Directory of the server binaries (initdb, pg_ctl), which Debian keeps off PATH.
pg_bindir() {
  local dir
  for dir in ${PG_BINDIR:-} $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -Vr) "$(pg_config --bindir 2>/dev/null || true)"; do
    [ -x "$dir/initdb" ] && { printf '%s\n' "$dir"; return; }
  done
  die "no PostgreSQL server binaries found: run scripts/setup or set PG_BINDIR"
}

# Waits until a pid is gone; kills it the hard way after the given seconds.
wait_gone() {
  local pid=$1 seconds=$2 i
  for ((i = 0; i < seconds * 10; i++)); do
    kill -0 "$pid" 2>/dev/null || return 0
    sleep 0.1
  done
  kill -KILL "$pid" 2>/dev/null || true
}

# The buf that scripts/npm installed for this machine.
buf_program() {
  local file
  for file in "$ROOT"/tests/e2e/node_modules/@bufbuild/buf-*/bin/buf; do
    [ -x "$file" ] && { printf '%s\n' "$file"; return; }
  done
  die "buf is missing: run scripts/npm"
}
