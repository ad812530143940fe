#!/usr/bin/env bash
# What calls cost as whole processes: one unary call, and a long stream printed as JSON to a pipe. The demo server
# answers. In turn the same is done by grpcurl-rs, which stands on tonic too and is built from its registry the first
# time, and by `grpcurl` where that is on the path.
#
#   benches/call.sh [RUNS [MESSAGES]]     runs of each call (default 50), messages of the stream (default 1000000)
#
# TRUNKLINE=PROGRAM takes a build that is there, PEER=PROGRAM another grpcurl-rs. Needs GNU time and dash.
set -euo pipefail
cd "$(dirname "$0")/.."
runs=${1:-50}
messages=${2:-1000000}
trunkline=${TRUNKLINE:-}
if [[ -z $trunkline ]]; then
    cargo build --quiet --release --bin trunkline
    trunkline=target/release/trunkline
fi
peer=${PEER:-}
if [[ -z $peer ]]; then
    root=${XDG_CACHE_HOME:-$HOME/.cache}/trunkline-benches
    [[ -x $root/bin/grpcurl ]] || cargo install --quiet grpcurl-rs --version 0.2.1 --root "$root"
    peer=$root/bin/grpcurl
fi

work=$(mktemp -d)
server=
clean_up() {
    [[ -z $server ]] || kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap clean_up EXIT

"$trunkline" demo-server --port 0 >"$work/address" 2>/dev/null &
server=$!
for _ in $(seq 100); do
    [[ -s $work/address ]] && break
    sleep 0.1
done
address=$(cat "$work/address")
mkdir "$work/rows"

# The name of a row, then the command, whose output goes through a pipe. It is started from the smallest shell there is,
# for a program's peak of memory is at least that of what started it.
measure() {
    local name=$1 begun
    shift
    begun=${EPOCHREALTIME/./}
    dash -c 'exec /usr/bin/time --quiet -o "$0" -f "%U %S %M" "$@"' "$work/one" "$@" | cat >"$work/output"
    echo "$((${EPOCHREALTIME/./} - begun)) $(cat "$work/one")" >>"$work/rows/$name"
}

table() {
    echo "| $1 | least, ms | median, ms | 95 %, ms | processor, ms | most memory, MiB |"
    echo '| --- | --- | --- | --- | --- | --- |'
    local file
    for file in "$work"/rows/*; do
        sort -n "$file" | awk -v name="${file##*/}" '
            { time[NR] = $1 / 1000; processor += ($2 + $3) * 1000; if ($4 > most) most = $4 }
            END {
                late = int(NR * 0.95 + 0.95)
                printf "| %s | %.1f | %.1f | %.1f | %.0f | %.1f |\n", name, time[1], time[int((NR + 1) / 2)],
                    time[late], processor / NR, most / 1024
            }'
    done
    rm "$work"/rows/*
}

data='{"name": "Ada"}'
method=helloworld.Greeter/SayHello
proto=(-import-path proto-samples -proto helloworld.proto)
programs=("trunkline call" "grpcurl-rs")
declare -A commands=(["trunkline call"]="$trunkline call" ["grpcurl-rs"]="$peer")
if command -v grpcurl >/dev/null; then
    programs+=("grpcurl")
    commands["grpcurl"]=grpcurl
fi
for _ in $(seq "$runs"); do
    measure 'trunkline --version' "$trunkline" --version
    for program in "${programs[@]}"; do
        # The command is two words.
        # shellcheck disable=SC2086
        measure "$program, proto file" ${commands[$program]} -plaintext "${proto[@]}" -d "$data" "$address" "$method"
        # shellcheck disable=SC2086
        measure "$program, reflection" ${commands[$program]} -plaintext -d "$data" "$address" "$method"
    done
done
table "one unary call"
echo

proto=(-import-path proto-samples -proto kitchen_sink.proto)
for _ in 1 2 3; do
    for program in "${programs[@]}"; do
        # shellcheck disable=SC2086
        measure "$program" ${commands[$program]} -plaintext "${proto[@]}" -d "{\"count\": $messages}" "$address" \
            trunkline.demo.v1.KitchenSink/Ticker
        printed=$(grep -c '"number"' "$work/output")
        [[ $printed == "$messages" ]] || echo "$program printed $printed messages" >&2
    done
done
table "a stream of $messages messages"
