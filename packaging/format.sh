#!/bin/sh
# Says which Go files are not in Go's format; with -w rewrites them.
set -eu
cd "$(dirname "$0")/.."
gofmt=$(go env GOROOT)/bin/gofmt
if [ "${1:-}" = -w ]; then
	exec "$gofmt" -w -s .
fi
wrong=$("$gofmt" -l -s .)
[ -z "$wrong" ] || {
	printf 'not in Go format (make fmt):\n%s\n' "$wrong" >&2
	exit 1
}
