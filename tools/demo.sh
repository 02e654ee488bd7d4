#!/usr/bin/env bash
# The demo of `./dev run`: simulated upstreams and a gateway in front of them, all on this machine,
# until Ctrl-C. The gateway knows the upstreams' secrets; the commands printed at the end do not.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

GATEWAY=build/release/apiforge
SIMULATOR=build/release/apiforge-sim
FOLDER=build/demo
START_SECONDS=15
pids=()

fail() { printf '%s\n' "$*" >&2; exit 1; }

stop() {
  trap - EXIT INT TERM
  ((${#pids[@]})) || return 0
  kill "${pids[@]}" 2>/dev/null || true
  wait "${pids[@]}" 2>/dev/null || true
}

# Whether something listens on this port of 127.0.0.1.
is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# The port to listen on: the one asked for, which must be free, or the first free one from 8000 on.
gateway_port() {
  if [[ -n ${API_PORT:-} ]]; then
    is_taken "$API_PORT" && fail "port $API_PORT is taken; set API_PORT to another"
    echo "$API_PORT"
    return
  fi
  local port
  for port in {8000..8099}; do
    is_taken "$port" || { echo "$port"; return; }
  done
  fail "no port from 8000 to 8099 is free; set API_PORT"
}

# Waits until a command succeeds; fails with the log when the process ends or takes too long.
wait_for() {  # pid, log, command...
  local pid=$1 log=$2 tries=$((START_SECONDS * 20))
  shift 2
  until "$@" >/dev/null 2>&1; do
    if ! kill -0 "$pid" 2>/dev/null || ((tries-- == 0)); then
      cat "$log" >&2
      fail "did not start; see $log"
    fi
    sleep 0.05
  done
}

upstream_of() { awk -v name="$1" '$1 == name {print $2}' "$FOLDER/simulator.log"; }

random_text() { head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n'; }

start_simulator() {
  export DEMO_EXCHANGE_KEY DEMO_EXCHANGE_SECRET DEMO_LLM_KEY DEMO_DATA_KEY
  DEMO_EXCHANGE_KEY="$(random_text)" DEMO_EXCHANGE_SECRET="$(random_text)"
  DEMO_LLM_KEY="$(random_text)" DEMO_DATA_KEY="$(random_text)"
  "$SIMULATOR" --exchange-port 0 --llm-port 0 --data-port 0 \
    --exchange-key "$DEMO_EXCHANGE_KEY" --exchange-secret "$DEMO_EXCHANGE_SECRET" \
    --llm-key "$DEMO_LLM_KEY" --data-key "$DEMO_DATA_KEY" >"$FOLDER/simulator.log" 2>&1 &
  pids+=($!)
  wait_for $! "$FOLDER/simulator.log" grep -qx ready "$FOLDER/simulator.log"
}

write_configuration() {
  cat >"$FOLDER/apiforge.yaml" <<YAML
# Written by ./dev run. Callers need an API key of the gateway, and no credential of the upstreams.
version: 1
credentials:
  - {name: exchange, kind: hmac, fields: {key: "\${env:DEMO_EXCHANGE_KEY}", secret: "\${env:DEMO_EXCHANGE_SECRET}"}}
  - {name: llm, kind: bearer, fields: {token: "\${env:DEMO_LLM_KEY}"}}
  - {name: data, kind: query_key, fields: {name: api_key, value: "\${env:DEMO_DATA_KEY}"}}
apis:
  - name: binance
    kind: exchange
    connector: binance
    credential: exchange
    upstream: {endpoints: [{url: "$(upstream_of exchange)"}]}
  - name: openai
    kind: llm
    credential: llm
    upstream: {endpoints: [{url: "$(upstream_of llm)"}]}
  - name: fred
    kind: data
    credential: data
    upstream: {endpoints: [{url: "$(upstream_of data)"}]}
YAML
}

make_administrator() {
  ADMIN="$(random_text)"
  printf '%s\n' "$ADMIN" | ENV=development DATA_DIR="$FOLDER/data" \
    "$GATEWAY" init --username admin --password-stdin >"$FOLDER/init.log" 2>&1 ||
    { cat "$FOLDER/init.log" >&2; fail "no administrator could be made"; }
}

start_gateway() {  # port
  ENV=development API_HOST=127.0.0.1 API_PORT="$1" DATA_DIR="$FOLDER/data" LOG_FILE="$FOLDER/api_factory.log" \
    "$GATEWAY" serve --config "$FOLDER/apiforge.yaml" >"$FOLDER/gateway.log" 2>&1 &
  pids+=($!)
  wait_for $! "$FOLDER/gateway.log" curl -sf "http://127.0.0.1:$1/health/ready"
}

# The value of a member of a flat JSON object on stdin.
member() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }

post() {  # url, body, curl's options...
  local url=$1 body=$2
  shift 2
  curl -sf -m 10 "$url" -H 'Content-Type: application/json' -d "$body" "$@"
}

make_key() {  # port
  local url="http://127.0.0.1:$1/api/v1/auth" token
  token="$(post "$url/login" "{\"username\":\"admin\",\"password\":\"$ADMIN\"}" | member access_token)"
  KEY="$(post "$url/api-keys" '{"name":"demo","scopes":["gateway:call"]}' -H "Authorization: Bearer $token" |
    member key)"
  [[ -n $KEY ]] || fail "no API key could be made; see $FOLDER/api_factory.log"
}

print_welcome() {  # port
  local url="http://127.0.0.1:$1"
  cat <<TEXT

APIForge listens on $url  (configuration: $FOLDER/apiforge.yaml, calls: $FOLDER/api_factory.log)

Administrator: admin, password $ADMIN

Try in another terminal:

  export KEY=$KEY

  # a public price of the exchange
  curl '$url/proxy/binance/api/v3/ticker/price?symbol=BTCUSDT' -H "X-API-Key: \$KEY"

  # an account: the gateway signs, you hold no secret of the exchange
  curl '$url/proxy/binance/api/v3/account' -H "X-API-Key: \$KEY"

  # a chat completion, with the gateway's key for the provider
  curl '$url/proxy/openai/v1/chat/completions' -H "X-API-Key: \$KEY" -H 'Content-Type: application/json' \\
    -d '{"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}]}'

Ctrl-C stops it.
TEXT
}

main() {
  local port
  rm -rf "$FOLDER"
  mkdir -p "$FOLDER/data"
  trap stop EXIT
  trap 'stop; exit 0' INT TERM
  port="$(gateway_port)"
  start_simulator
  write_configuration
  make_administrator
  start_gateway "$port"
  make_key "$port"
  print_welcome "$port"
  # Until Ctrl-C, or until one of them ends by itself.
  wait -n "${pids[@]}" || true
  fail "a server ended by itself; see $FOLDER/gateway.log and $FOLDER/simulator.log"
}

main
