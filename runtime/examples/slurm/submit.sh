#!/bin/bash
# submit.sh ROOT SOURCE RESULTS
#
# Submits a job array that runs every test of TESTS with every seed of SEEDS, each in a guest of its own with the root ROOT. Tests are
# programs in SOURCE. What comes of it is in RESULTS, a directory that all nodes have: for task N the test's output in
# N.out, and how it ended in N.json. The job's number is printed. A second call with the same RESULTS does what is not done.
#
#   TESTS="sort hash" SEEDS="1 2 3" ./submit.sh root.tar.xz tests results
#   ./collect.sh results
set -eu

if [ $# != 3 ] || [ -z "${TESTS:-}" ] || [ -z "${SEEDS:-}" ]; then
	echo 'usage: TESTS="..." SEEDS="..." submit.sh ROOT SOURCE RESULTS' >&2
	exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$3"
ROOT=$(realpath "$1") SOURCE=$(realpath "$2") RESULTS=$(realpath "$3")
export ROOT SOURCE RESULTS TESTS SEEDS
read -ra tests <<<"$TESTS"
read -ra seeds <<<"$SEEDS"
count=$((${#tests[@]} * ${#seeds[@]}))
echo "$count" >"$RESULTS/count"

# --requeue: a task whose node is gone begins again. The 40 seconds are for --grace and for the machine's end.
exec sbatch --parsable --job-name=hartwood --array="0-$((count - 1))" --requeue --open-mode=append \
	--cpus-per-task="${CPUS:-1}" --signal=B:TERM@40 --export=ALL --output="$RESULTS/%a.log" "$here/task.sh"
