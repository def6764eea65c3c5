#!/bin/bash
# Proves the two commands of the README on a machine that has nothing: a new
# Debian with git, make, Go and CA certificates, and this work tree.
#
#   packaging/test/fresh.sh DIR [STEP…]
#
# DIR becomes the new system (about 4 GB with everything; only `make` builds it
# anew). Steps, in this order when none is named:
#
#   make     the system and the tree           demo     make run, no display
#   window   make run under Xvfb: the window   tests    make test
#   user     make test as an ordinary user (not among the default steps)
#   setup    only the packages of the tests    clean    unmount and delete DIR
#
# Needs root and debootstrap. Nothing of the host is mounted but /proc, /sys
# and /dev; package sources, proxies, name servers and certificates are copied from
# the host as they are at run time.
set -euo pipefail

suite=${VARVE_FRESH_SUITE:-bookworm}
tree=$(cd "$(dirname "$0")/../.." && pwd)
dir=${1:?usage: fresh.sh DIR [make|demo|window|tests|user|setup|clean]…}
shift
[ $# -gt 0 ] || set -- make demo window tests

[ "$(id -u)" = 0 ] || { echo "fresh.sh: needs root" >&2; exit 1; }
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
[ "$dir" != / ] || exit 1

timed() {
	local start=$SECONDS
	echo "=== $*"
	"$@"
	echo "=== $1: $((SECONDS - start)) s"
}

# inside runs a shell line in the new system with the environment of a new
# account plus what reaches the package and module mirrors.
inside() {
	local keep=() name
	for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
		[ -z "${!name-}" ] || keep+=("$name=${!name}")
	done
	for name in GOPROXY GOSUMDB GONOSUMDB GONOSUMCHECK GOINSECURE GOPRIVATE; do
		keep+=("$name=$(go env "$name" 2>/dev/null)")
	done
	chroot "$dir" /usr/bin/env -i "${keep[@]}" HOME="${as_home:-/root}" LANG=C.UTF-8 TERM=dumb \
		PATH=/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		${display:+DISPLAY=$display} ${as_user:+setpriv --reuid "$as_user" --regid "$as_user" --clear-groups} \
		sh -euc "$1"
}

mount_system() {
	# unshare wants the root to be a mount.
	mountpoint -q "$dir" || mount --bind "$dir" "$dir"
	mountpoint -q "$dir/proc" || mount -t proc proc "$dir/proc"
	mountpoint -q "$dir/sys" || mount -t sysfs sysfs "$dir/sys"
	mountpoint -q "$dir/dev" || mount --bind /dev "$dir/dev"
	mountpoint -q "$dir/dev/pts" || mount --bind /dev/pts "$dir/dev/pts"
	mountpoint -q "$dir/dev/shm" || mount -t tmpfs tmpfs "$dir/dev/shm"
}

unmount_system() {
	local m
	for m in dev/shm dev/pts dev sys proc; do
		! mountpoint -q "$dir/$m" || umount "$dir/$m" || umount --lazy "$dir/$m"
	done
	! mountpoint -q "$dir" || umount "$dir" || umount --lazy "$dir"
}

# mirror prints the first Debian mirror that this machine uses.
mirror() {
	cat /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list /etc/apt/sources.list 2>/dev/null |
		sed -n 's/^URIs: *\([^ ]*\).*/\1/p; s/^deb  *\(\[[^]]*\] *\)\{0,1\}\([^ ]*\).*/\2/p' | head -n 1
}

copy_host_settings() {
	rm -f "$dir"/etc/apt/sources.list "$dir"/etc/apt/sources.list.d/* "$dir"/etc/apt/apt.conf.d/99*
	cp -a /etc/apt/sources.list.d/. "$dir/etc/apt/sources.list.d/"
	[ ! -f /etc/apt/sources.list ] || cp /etc/apt/sources.list "$dir/etc/apt/"
	cp -a /etc/apt/apt.conf.d/99* "$dir/etc/apt/apt.conf.d/" 2>/dev/null || true
	cp -a /etc/apt/preferences.d/. "$dir/etc/apt/preferences.d/" 2>/dev/null || true
	cp /etc/resolv.conf "$dir/etc/resolv.conf"
	# A fresh machine has certificates; ours may have more of them.
	cp -a /usr/local/share/ca-certificates/. "$dir/usr/local/share/ca-certificates/"
	chroot "$dir" update-ca-certificates >/dev/null
}

make_system() {
	unmount_system
	find "$dir" -mindepth 1 -maxdepth 1 -exec rm -rf --one-file-system {} +
	debootstrap --variant=minbase --include=git,make,ca-certificates "$suite" "$dir" "$(mirror)" >"$dir.log" 2>&1 ||
		{ tail -n 20 "$dir.log" >&2; exit 1; }
	mount_system
	copy_host_settings
	cp -a "$(go env GOROOT)" "$dir/usr/local/go"
	copy_tree
}

# copy_tree brings what is committed plus what is not, and nothing ignored.
copy_tree() {
	rm -rf "$dir/src/varve"
	mkdir -p "$dir/src/varve"
	git -C "$tree" ls-files -z --cached --others --exclude-standard |
		(cd "$tree" && while IFS= read -r -d '' f; do [ ! -e "$f" ] || printf '%s\0' "$f"; done) |
		tar -C "$tree" --null -T - -cf - | tar -C "$dir/src/varve" -xf -
}

step_make() { timed make_system; }

step_setup() { timed inside 'cd /src/varve && packaging/setup.sh test'; }

step_demo() { timed inside 'cd /src/varve && make run'; }

# step_window opens the application on a screen of its own and looks for the
# window by its name, as a person would.
step_window() {
	timed inside 'apt-get -q update >/dev/null && apt-get -q install -y --no-install-recommends xvfb xdotool imagemagick dbus-daemon >/dev/null'
	local number="$dir/tmp/display" status=0
	: >"$number"
	chroot "$dir" sh -c 'exec Xvfb -displayfd 5 -screen 0 1280x900x24 -nolisten tcp 5>/tmp/display 2>/tmp/xvfb.log' &
	local screen=$!
	until [ -s "$number" ]; do
		kill -0 "$screen" || { cat "$dir/tmp/xvfb.log"; exit 1; }
		read -rt 0.1 <> <(:) || true
	done
	display=:$(cat "$number")
	local status=0
	timed inside '
		cd /src/varve
		export XDG_RUNTIME_DIR=$(mktemp -d)
		dbus-run-session -- make run >/tmp/run.log 2>&1 &
		run=$!
		if ! timeout 1200 xdotool search --sync --onlyvisible --name Varve >/tmp/window; then
			cat /tmp/run.log
			echo "no window named Varve" >&2
			kill $run
			exit 1
		fi
		window=$(head -n 1 /tmp/window)
		xdotool getwindowname "$window"
		sleep 3 # the first pictures are drawn
		import -window root /tmp/window.png
		kill "$(xdotool getwindowpid "$window")"
		wait $run || true
		tail -n 5 /tmp/run.log' || status=$?
	kill "$screen"
	wait "$screen" 2>/dev/null || true
	display=
	[ "$status" = 0 ] || exit "$status"
	echo "picture: $dir/tmp/window.png"
}

step_tests() { timed inside 'cd /src/varve && make test'; }

# step_user runs the tests with no rights; the packages are there by then.
step_user() {
	inside 'getent passwd varve >/dev/null || useradd -m -u 4711 varve; chown -R varve: /src/varve; cd /src/varve && packaging/setup.sh test'
	as_user=4711 as_home=/home/varve
	timed inside 'cd /src/varve && make test'
	as_user='' as_home=''
}

step_clean() {
	unmount_system
	rm -rf --one-file-system "$dir" "$dir.log"
}

# Whoever deletes DIR by hand must not find the host's /dev in it.
trap unmount_system EXIT
for step in "$@"; do
	case "$step" in
	make | clean) ;;
	setup | demo | window | tests | user) mount_system; copy_tree ;;
	*) echo "fresh.sh: no step $step" >&2; exit 1 ;;
	esac
	"step_$step"
done
