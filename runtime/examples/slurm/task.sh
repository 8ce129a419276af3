#!/bin/bash
# One task of a job array: one test of the matrix with one seed. submit.sh submits all.
#
# Slurm may start a task again, on another node too: one that has its result is not done again.
set -eu

read -ra tests <<<"$TESTS"
read -ra seeds <<<"$SEEDS"
index=$SLURM_ARRAY_TASK_ID
test=${tests[index % ${#tests[@]}]}
seed=${seeds[index / ${#tests[@]}]}

if [ -e "$RESULTS/$index.json" ]; then
	exit 0
fi
echo "$index $test $seed ${SLURM_RESTART_COUNT:-0}" >>"$RESULTS/started"

# exec: Slurm's signals go to hartwood, which passes them on. A task that they end has no result, and is not done.
exec "${HARTWOOD:-hartwood}" exec --image "$ROOT" --share "$SOURCE" --workdir "$SOURCE" --net none \
	--harts "${SLURM_CPUS_PER_TASK:-1}" --memory "${MEMORY:-512M}" --code-store "$RESULTS/code" \
	--output "$RESULTS/$index.out" --result "$RESULTS/$index.json" \
	-- "./$test" "$seed" </dev/null
