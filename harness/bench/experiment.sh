#!/bin/sh
# Tries the method of paired runs on this machine. The program is held against itself, RUNS times:
# whatever is called is a false alarm. Then the new side is made 2% slower, RUNS/4 times: what is not called
# is missed. Tables are those of the default set, as narrowed by FILTER, with BUDGET each.
set -u
runs=${RUNS:-20}
budget=${BUDGET:-60s}
filter=${FILTER:-workers:1 n:4096 type:float32}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

try() { # how, seed: prints the run's last line but the paths
	bin/actinit bench --against "$1" --seed "$2" --budget "$budget" --filter "$filter" --out "$out" --quiet >"$out/said"
	case $? in
	0 | 1) grep -E '^[0-9]+ regressed' "$out/said" ;;
	*) echo "the run failed" >&2; exit 2 ;;
	esac
}

echo "against itself, $runs runs of $budget, $filter"
alarms=0
for seed in $(seq "$runs"); do
	line=$(try self "$seed") || exit 2
	echo "  $line"
	case $line in "0 regressed, 0 improved"*) ;; *) alarms=$((alarms + 1)) ;; esac
done
echo "tables with a false alarm: $alarms of $runs (the method promises at most 5 in 100)"

echo "the new side 2% slower, $(((runs + 3) / 4)) runs"
for seed in $(seq $(((runs + 3) / 4))); do
	line=$(try self:2% "$seed") || exit 2
	echo "  $line"
done
