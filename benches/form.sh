#!/usr/bin/env bash
# What a large message costs in the form: opening it, a frame, scrolling, a character typed. Needs no screen.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --quiet --release --example form
exec target/release/examples/form
