#!/usr/bin/env bash
# What a large tree of protos costs: the service list, a whole check beside protoc, and what a user waits for in between.
#
#   benches/schema.sh [TREE [FOLDER...]]
#
# TREE is an import path; the FOLDERs in it are what is checked (default: all). Without a TREE one is made. With the PyPI
# package grpcio-tools for PYTHON (default: python3) its protoc does the same work in turn.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}

cargo build --quiet --release --bin trunkline --example schema
trunkline=$PWD/target/release/trunkline
example=$PWD/target/release/examples/schema

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [[ $# == 0 ]]; then
    python3 benches/make_tree.py "$work/tree"
    set -- "$work/tree"
fi
cd "$1"
shift
folders=("$@")
[[ ${#folders[@]} -gt 0 ]] || folders=(.)
find "${folders[@]}" -name '*.proto' | sed 's,^\./,,' | sort >"$work/files"

echo '   least   median     99 %     most  milliseconds'
"$example" .
"$example" . app

measure() {
    local name=$1
    shift
    for _ in 1 2 3; do
        /usr/bin/time -f "%e s, %U s of a processor, %M kB  $name" "$@" >/dev/null 2>"$work/said" || true
        tail -n 1 "$work/said"
    done
}
measure 'trunkline list' "$trunkline" list -I . --proto .
measure 'trunkline check' "$trunkline" check -I . "${folders[@]}"
measure 'trunkline check -o' "$trunkline" check -I . -o "$work/ours.pb" "${folders[@]}"
if "$python" -c 'import grpc_tools' 2>/dev/null; then
    measure 'protoc -o' "$python" -m grpc_tools.protoc -I . -o "$work/theirs.pb" "@$work/files"
fi
