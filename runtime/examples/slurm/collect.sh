#!/bin/bash
# collect.sh RESULTS
#
# Prints a line for each task that submit.sh has submitted: its number, and the exit code of its test, or "missing". The exit code is
# 0 if all tests have ended with 0, 1 if one has not, and 3 if results are missing: submit.sh makes them.
set -eu

if [ $# != 1 ] || [ ! -e "$1/count" ]; then
	echo "usage: collect.sh RESULTS" >&2
	exit 2
fi
code=0
for ((index = 0; index < $(cat "$1/count"); index++)); do
	if [ ! -e "$1/$index.json" ]; then
		echo "$index missing"
		code=3
		continue
	fi
	ended=$(sed -E 's/.*"exit_code":([0-9]+).*/\1/' "$1/$index.json")
	echo "$index $ended"
	if [ "$ended" != 0 ] && [ $code = 0 ]; then
		code=1
	fi
done
exit $code
