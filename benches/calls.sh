#!/usr/bin/env bash
# What a call costs, beside a static tonic client over tonic's own channel, in turn against one server.
set -euo pipefail
cd "$(dirname "$0")/calls"
cargo build --quiet --release
target/release/calls memory
for case in unary ping-pong 64 1,000,000 100; do
    target/release/calls "$case" "${1:-7}"
done
