#!/bin/sh
# Installs the servers that the tests talk to and that no system packages, into
# $VARVE_TEST_TOOLS, or varve-test-tools in the user's cache. What is there in
# the right version stays, so a second run takes no time.
#
#   packaging/testtools.sh        installs what is missing
#   packaging/testtools.sh list   prints what is installed, with versions
#
# They are tools: nothing of them becomes a part of Varve. MinIO is under the
# AGPL, the others under Apache-2.0, BSD and MIT licences.
set -eu

minio=github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c
versitygw=github.com/versity/versitygw/cmd/versitygw@v1.8.0
fake_gcs_server=github.com/fsouza/fake-gcs-server@v1.56.1
azurite=3.35.0 # newer ones want a Node that Debian 12 does not have

say() { printf 'testtools: %s\n' "$*" >&2; }

folder() {
	if [ -n "${VARVE_TEST_TOOLS:-}" ]; then
		echo "$VARVE_TEST_TOOLS"
	elif [ "$(uname -s)" = Darwin ]; then
		echo "$HOME/Library/Caches/varve-test-tools"
	else
		echo "${XDG_CACHE_HOME:-$HOME/.cache}/varve-test-tools"
	fi
}

# program installs a program in Go, unless that version of it is there.
program() {
	name=$(basename "${1%@*}")
	if [ -x "$dir/bin/$name" ] && go version -m "$dir/bin/$name" 2>/dev/null | grep -q "^	mod	.*	${1#*@}	"; then
		return
	fi
	say "building $1, which takes minutes"
	GOBIN="$dir/bin" GOFLAGS=-trimpath go install "$1"
}

# package installs azurite, unless that version of it is there.
package() {
	if grep -q "\"version\": \"$azurite\"" "$dir/azurite/node_modules/azurite/package.json" 2>/dev/null && [ -e "$dir/bin/azurite-blob" ]; then
		return
	fi
	command -v npm >/dev/null || { say "npm is missing"; exit 1; }
	say "installing azurite $azurite"
	rm -rf "$dir/azurite"
	mkdir -p "$dir/azurite"
	npm install --no-audit --no-fund --no-save --loglevel=error --prefix "$dir/azurite" "azurite@$azurite" </dev/null >&2
	ln -sf ../azurite/node_modules/.bin/azurite-blob "$dir/bin/azurite-blob"
}

# Whoever brings the packages by other means brings these too.
[ "${VARVE_SKIP_SETUP:-}" != 1 ] || exit 0
dir=$(folder)
mkdir -p "$dir/bin"
if [ "${1:-}" = list ]; then
	printf '%s\n' "$minio" "$versitygw" "$fake_gcs_server" "azurite@$azurite"
	exit
fi
cd / # no go.mod here has a say in what is built
program "$minio"
program "$versitygw"
program "$fake_gcs_server"
package
