#!/bin/sh
# Compares bin/varve with the installed duplicity on the same tree in one run.
# Options go through: see `go run ./packaging/bench -h`.
set -eu
cd "$(dirname "$0")/.."
exec go run ./packaging/bench -varve bin/varve "$@"
