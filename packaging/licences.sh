#!/bin/sh
# Writes assets/licences/texts.txt: the licence of each module that the programs
# are built of, as the module's own folder has it. For whoever adds a module or
# takes a new version; a test says when it is time.
#
# A text that several modules have stands there once: a form feed, the names of
# the modules in one line, the text.
set -eu

cd "$(dirname "$0")/.."
# What the LGPL refers to; Debian's base-files has it.
gpl=/usr/share/common-licenses/GPL-3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

modules() {
	{
		go list -deps -tags gles -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Dir}}{{end}}{{end}}' ./cmd/...
		go list -deps -tags varve_core -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Dir}}{{end}}{{end}}' ./cmd/varve
	} | LC_ALL=C sort -u
}

# One line for each file: its sum, the module, the file.
modules | while read -r module dir; do
	for file in "$dir"/LICEN[CS]E* "$dir"/COPYING* "$dir"/NOTICE*; do
		[ -f "$file" ] || continue
		printf '%s %s %s\n' "$(sha256sum <"$file" | cut -c1-64)" "$module" "$file"
	done
done >"$work/files"

text() { # FILE NAMES
	printf '\f%s\n' "$2"
	tr -d '\f\r' <"$1"
	echo
}

{
	text "$gpl" "GNU General Public License, version 3, which the Lesser one refers to"
	awk '!seen[$1]++ { print $1, $3 }' "$work/files" | while read -r sum file; do
		text "$file" "$(awk -v sum="$sum" '$1 == sum { printf "%s%s", between, $2; between = ", " }' "$work/files")"
	done
} >assets/licences/texts.txt
