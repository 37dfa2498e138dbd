#!/bin/sh
# Measures searches of a table four times as large as the memory of the process, in a memory cgroup
# of a quarter of the data where this user may make one.
#
#   Benchmarks/budget.sh BASE.npy QUERIES.npy METRIC [FOLDER] [more options of needletail-bench budget]
#
# The database is made outside of the group, and kept in FOLDER where one is named.
set -eu

usage() { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ $# -ge 3 ] || usage
base=$1 queries=$2 metric=$3
shift 3
kept=
if [ $# -gt 0 ] && [ "${1#--}" = "$1" ]; then kept=$1; shift; fi
folder=${kept:-$(mktemp -d /var/tmp/needletail-budget-XXXXXX)}
bench=${BENCH:-.build/release/needletail-bench}
limit=$(($(wc -c < "$base") / 4))

group=
finish() {
    [ -z "$group" ] || rmdir "$group" 2> /dev/null || true
    [ -n "$kept" ] || rm -rf "$folder"
}
trap finish EXIT

"$bench" budget --base "$base" --queries "$queries" --metric "$metric" --database "$folder/db" \
    --only prepare

if [ -w /sys/fs/cgroup/memory ] && mkdir "/sys/fs/cgroup/memory/needletail-$$" 2> /dev/null; then
    group=/sys/fs/cgroup/memory/needletail-$$
    file=memory.limit_in_bytes
    used=memory.max_usage_in_bytes
elif [ -f /sys/fs/cgroup/cgroup.controllers ] &&
    mkdir "/sys/fs/cgroup/needletail-$$" 2> /dev/null; then
    group=/sys/fs/cgroup/needletail-$$
    file=memory.max
    used=memory.peak
fi
if [ -n "$group" ] && echo "$limit" > "$group/$file" 2> /dev/null; then
    echo "in a memory cgroup of $limit bytes, a quarter of $base" >&2
else
    echo "NO MEMORY CGROUP: not allowed here; only --memory-budget bounds the process" >&2
    [ -z "$group" ] || rmdir "$group"
    group=
fi

(
    if [ -n "$group" ]; then sh -c 'echo $PPID > "$0"' "$group/cgroup.procs"; fi
    exec "$bench" budget --base "$base" --queries "$queries" --metric "$metric" \
        --database "$folder/db" --only measure --json "$@"
)
if [ -n "$group" ] && [ -r "$group/$used" ]; then
    echo "the most that the group had at once, page cache included: $(cat "$group/$used") bytes" >&2
fi
