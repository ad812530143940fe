#!/usr/bin/env bash
# What reading and writing ProtoJSON costs on messages of 10 MB, beside the serde mapping of prost-reflect in one run.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --quiet --release --example json
exec target/release/examples/json
