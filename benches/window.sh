#!/usr/bin/env bash
# What the window costs: time to the first frame, memory and processor time when idle. Beside it an empty window of the
# same toolkit (empty_window.rs), run in turn, so that the machine's own weather falls on both.
#
#   benches/window.sh [RUNS]          runs of each (default 7), under an Xvfb of its own with software rendering
#
# Needs Xvfb; builds in release mode what it measures. WARM=1 measures the second and later starts of one user, with
# the demo collection in place; without it every start is the first.
set -euo pipefail
cd "$(dirname "$0")/.."
runs=${1:-7}
idle_seconds=10

cargo build --quiet --release --bin trunkline
cargo build --quiet --release --example empty_window

work=$(mktemp -d)
started=()
clean_up() {
    for process in "${started[@]}"; do
        kill "$process" 2>/dev/null || true
        wait "$process" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap clean_up EXIT

Xvfb -displayfd 3 -screen 0 1440x900x24 -nolisten tcp 3>"$work/display" 2>"$work/xvfb.log" &
started+=($!)
for _ in $(seq 100); do
    [[ -s $work/display ]] && break
    sleep 0.1
done
DISPLAY=:$(cat "$work/display")
export DISPLAY LIBGL_ALWAYS_SOFTWARE=1 TRUNKLINE_TRACE_START=1
unset WAYLAND_DISPLAY

median() { sort -n | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'; }
smallest() { sort -n | head -n 1; }
largest() { sort -n | tail -n 1; }

ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }
# Of all its threads, in ns.
processor_time() { cat "/proc/$1"/task/*/schedstat | awk '{ sum += $1 } END { printf "%d", sum }'; }
kilobytes() { awk -v name="$2:" '$1 == name { print $2 }' "/proc/$1/smaps_rollup"; }

# Starts a window, waits for its first frame, lets it rest; a line: ms to the frame as told, as seen from outside, in
# processor time; anonymous kB, resident kB, ticks of idling.
measure() {
    local home="$work/home"
    [[ -n ${WARM:-} ]] || rm -rf "$home"
    mkdir -p "$home"
    rm -f "$work/told"
    mkfifo "$work/told"
    local begun process line seen spent before
    begun=$(date +%s%N)
    TRUNKLINE_CONFIG_DIR="$home/config" TRUNKLINE_DATA_DIR="$home/data" "$@" 2>"$work/told" &
    process=$!
    started+=("$process")
    line=
    while IFS= read -r line && [[ $line != 'first frame after '* ]]; do :; done <"$work/told"
    seen=$((($(date +%s%N) - begun) / 100000))
    spent=$(processor_time "$process")
    if [[ $line != 'first frame after '* ]]; then
        echo "no first frame of $*" >&2
        exit 1
    fi
    # What the start set off (collection, schema, session) is to be over, and the reader of standard error to be there.
    sleep 3
    before=$(ticks "$process")
    sleep "$idle_seconds"
    awk -v line="$line" -v seen="$seen" -v spent="$spent" \
        'BEGIN { split(line, word, " "); printf "%s %.1f %.1f ", word[4], seen / 10, spent / 1000000 }'
    echo "$(kilobytes "$process" Anonymous) $(kilobytes "$process" Rss) $(($(ticks "$process") - before))"
    kill "$process"
    wait "$process" 2>/dev/null || true
    unset 'started[-1]'
}

for run in $(seq "$runs"); do
    measure target/release/trunkline >>"$work/trunkline"
    measure target/release/examples/empty_window >>"$work/empty"
    echo "run $run: trunkline $(tail -n 1 "$work/trunkline"), empty window $(tail -n 1 "$work/empty")" >&2
done

column() { awk -v number="$2" -v divisor="$3" '{ printf "%.1f\n", $number / divisor }' "$work/$1"; }
row() {
    local cells=
    for of in trunkline empty; do
        cells+=" $(column $of "$2" "$3" | median) ($(column $of "$2" "$3" | smallest) to $(column $of "$2" "$3" | largest)) |"
    done
    echo "| $1 |$cells"
}
echo
echo "| median of $runs (least to most) | trunkline | empty window |"
echo '| --- | --- | --- |'
row 'first frame, ms since `main`' 1 1
row 'first frame, ms since exec, as seen from outside' 2 1
row 'processor time to the first frame, ms' 3 1
row 'anonymous memory when idle, MB' 4 1000
row 'resident memory when idle, MB' 5 1000
row "processor ticks (10 ms) in $idle_seconds idle seconds" 6 1
