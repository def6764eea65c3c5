#!/bin/sh
# The long tests: every fuzz test for a while, then the tests that kill runs
# and continue them, as often as asked, then objects of 5 GiB and folders of
# 10 000 at every kind of destination, then ten years of many retention
# policies, then every page of the window in every language, and its program
# started and ended again and again.
#
#   packaging/soak.sh FUZZTIME ROUNDS
set -eu
cd "$(dirname "$0")/.."
fuzztime=${1:?usage: soak.sh FUZZTIME ROUNDS}
rounds=${2:?usage: soak.sh FUZZTIME ROUNDS}

grep -rlE --include='*_test.go' '^func Fuzz[A-Z]' . | xargs -n 1 dirname | sort -u | while read -r package; do
	for name in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$package"/*_test.go); do
		echo "== $package $name"
		go test "$package" -run '^$' -fuzz "^$name\$" -fuzztime "$fuzztime" </dev/null
	done
done
VARVE_SOAK=$rounds go test -count=1 -timeout 0 -v -run 'Kill|Interrupt|Crash' ./engine/... ./cmd/varve/...
VARVE_SOAK=$rounds go test -count=1 -timeout 0 -v -run 'Large|Many' ./backends/...
VARVE_SOAK=$rounds go test -count=1 -timeout 0 -run TenYears ./engine/retention
VARVE_SOAK=$rounds go test -tags gles -count=1 -timeout 0 -run Golden ./ui
VARVE_SOAK=$rounds go test -tags gles -count=1 -timeout 0 -run 'Journeys/ended_many_times' ./cmd/varve-desktop
