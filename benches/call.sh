#!/usr/bin/env bash
# What one call costs as a whole process: start, schema, connection, answer, end. The demo server answers. Where
# `grpcurl` is on the path it makes the same calls in turn.
#
#   benches/call.sh [RUNS]            runs of each (default 50)
set -euo pipefail
cd "$(dirname "$0")/.."
runs=${1:-50}

cargo build --quiet --release --bin trunkline
trunkline=target/release/trunkline

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

# The name of a row, then the command.
measure() {
    local name=$1 begun
    shift
    "$@" >/dev/null
    begun=${EPOCHREALTIME/./}
    "$@" >/dev/null
    echo $((${EPOCHREALTIME/./} - begun)) >>"$work/$name"
}

row() {
    sort -n "$work/$1" | awk -v name="$1" '
        { value[NR] = $1 / 1000 }
        END { printf "| %s | %.1f | %.1f | %.1f |\n", name, value[1], value[int((NR + 1) / 2)], value[int(NR * 0.95)] }'
}

data='{"name": "Ada"}'
method=helloworld.Greeter/SayHello
proto=(-import-path proto-samples -proto helloworld.proto)
names=('start alone (`--version`)' 'call with a proto file' 'call with reflection')
for _ in $(seq "$runs"); do
    measure "${names[0]}" "$trunkline" --version
    measure "${names[1]}" "$trunkline" call -plaintext "${proto[@]}" -d "$data" "$address" "$method"
    measure "${names[2]}" "$trunkline" call -plaintext -d "$data" "$address" "$method"
    if command -v grpcurl >/dev/null; then
        measure 'grpcurl with a proto file' grpcurl -plaintext "${proto[@]}" -d "$data" "$address" "$method"
        measure 'grpcurl with reflection' grpcurl -plaintext -d "$data" "$address" "$method"
    fi
done

echo '| ms for the whole process | least | median | 95 % |'
echo '| --- | --- | --- | --- |'
for file in "$work"/*; do
    name=$(basename "$file")
    [[ $name == address ]] || row "$name"
done
