#!/usr/bin/env bash
# What ten thousand calls over a proxy that does all kinds of harm leave behind: sockets and memory, after each round.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo run --quiet --release --example faults
