#!/bin/sh
# Installs the system packages that a make target needs and that are missing.
#
#   packaging/setup.sh cli       what builds and runs bin/varve: nothing beyond Go
#   packaging/setup.sh window    what builds and runs bin/varve-desktop
#   packaging/setup.sh test      what the tests need: window, and the programs that they talk to
#   packaging/setup.sh list SET  prints the packages of a set for this system
#
# Nothing is asked and nothing is touched when nothing is missing. Root rights
# are taken (by sudo) only to install. VARVE_SKIP_SETUP=1 skips everything, for
# systems that bring the packages by other means.
set -eu

wanted_go=1.26

say() { printf 'setup: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# system names the package manager: the words of the tables below.
system() {
	if [ "$(uname -s)" = Darwin ]; then
		echo brew
		return
	fi
	for s in apt-get dnf pacman zypper; do
		if have "$s"; then
			echo "${s%-get}"
			return
		fi
	done
	echo unknown
}

# packages prints what a set needs on a system. The headers of the window are
# Fyne's: X11 and Wayland, drawn with OpenGL ES, which compiles in a fraction
# of the time of the desktop profile and draws the same pixels.
packages() {
	case "$1:$2" in
	cli:*) ;;
	window:apt)
		echo gcc libc6-dev pkg-config libgl-dev libegl-dev libgles-dev \
			libx11-dev libxcursor-dev libxrandr-dev libxinerama-dev libxi-dev libxxf86vm-dev \
			libwayland-dev libxkbcommon-dev libgl1-mesa-dri
		;;
	window:dnf)
		echo gcc glibc-devel pkgconf-pkg-config libglvnd-devel \
			libX11-devel libXcursor-devel libXrandr-devel libXinerama-devel libXi-devel libXxf86vm-devel \
			wayland-devel libxkbcommon-devel mesa-dri-drivers
		;;
	window:pacman)
		echo gcc pkgconf libglvnd \
			libx11 libxcursor libxrandr libxinerama libxi libxxf86vm \
			wayland libxkbcommon mesa
		;;
	window:zypper)
		echo gcc glibc-devel pkg-config libglvnd-devel \
			libX11-devel libXcursor-devel libXrandr-devel libXinerama-devel libXi-devel libXxf86vm-devel \
			wayland-devel libxkbcommon-devel Mesa-dri
		;;
	window:brew) ;; # the frameworks come with Apple's command line tools
	test:apt)
		packages window apt
		echo duplicity restic borgbackup gnupg rdiff acl attr e2fsprogs python3 time systemd \
			xvfb xdotool openbox imagemagick x11-utils fonts-dejavu-core \
			dbus-daemon libglib2.0-bin gnome-keyring libsecret-tools \
			iproute2 util-linux openssh-server openssh-client rsync lftp rclone vsftpd python3-pyftpdlib apache2 apache2-utils \
			nginx libnginx-mod-http-dav-ext dovecot-imapd samba memcached npm \
			swift-proxy swift-account swift-container swift-object python3-swiftclient python3-boto3 python3-paramiko
		;;
	test:dnf)
		packages window dnf
		echo duplicity restic borgbackup gnupg2 librsync acl attr e2fsprogs python3 time systemd \
			xorg-x11-server-Xvfb xdotool openbox ImageMagick xprop xev dejavu-sans-fonts \
			dbus-daemon glib2 gnome-keyring libsecret \
			openssh-server openssh-clients rsync lftp rclone vsftpd python3-pyftpdlib httpd httpd-tools \
			nginx dovecot samba memcached npm
		;;
	test:pacman)
		packages window pacman
		echo duplicity restic borg gnupg librsync acl attr e2fsprogs python time systemd \
			xorg-server-xvfb xdotool openbox imagemagick xorg-xprop xorg-xev ttf-dejavu \
			dbus glib2 gnome-keyring libsecret \
			openssh rsync lftp rclone vsftpd python-pyftpdlib apache nginx dovecot samba memcached npm
		;;
	test:zypper)
		packages window zypper
		echo duplicity restic borgbackup gpg2 librsync acl attr e2fsprogs python3 time systemd \
			xorg-x11-server-Xvfb xdotool openbox ImageMagick xprop xev dejavu-fonts \
			dbus-1-daemon glib2-tools gnome-keyring libsecret-tools \
			openssh-server openssh-clients rsync lftp rclone vsftpd python3-pyftpdlib apache2 apache2-utils \
			nginx dovecot samba memcached npm
		;;
	test:brew) echo duplicity restic borgbackup gnupg librsync ;;
	*) die "no package list for $1 on $2" ;;
	esac
}

# installed tells whether a system has a package.
installed() {
	# Node is often there without the system's packages knowing.
	if [ "$2" = npm ] && have npm; then
		return
	fi
	case "$1" in
	apt) [ "$(dpkg-query -W -f '${db:Status-Status}' "$2" 2>/dev/null)" = installed ] ;;
	dnf | zypper) rpm -q --whatprovides "$2" >/dev/null 2>&1 ;;
	pacman) pacman -Q "$2" >/dev/null 2>&1 ;;
	brew) brew list --formula "$2" >/dev/null 2>&1 ;;
	esac
}

# as_root runs a command as root: with sudo where we are not, asking for a
# password only where somebody can type one.
as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif ! have sudo; then
		die "not root and no sudo here; as root, run: $*"
	elif [ -t 0 ]; then
		sudo "$@"
	else
		sudo -n "$@" || die "could not become root without a password; as root, run: $*"
	fi
}

# servers keeps those of the test set from being started, or lets others be
# started again: the tests start their own.
servers() {
	here=${0%/*}
	[ "$here" != "$0" ] || here=.
	[ "$set_name" != test ] || as_root sh "$here/services.sh" "$@"
}

# fetch installs packages, without a question.
fetch() {
	manager=$1
	shift
	say "installing: $*"
	case "$manager" in
	apt)
		as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update >&2
		servers hold
		as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "$@" >&2
		servers release "$@"
		;;
	dnf) as_root dnf install -y "$@" >&2 ;;
	pacman) as_root pacman -S --needed --noconfirm "$@" >&2 ;;
	zypper) as_root zypper --non-interactive install --no-recommends "$@" >&2 ;;
	brew) HOMEBREW_NO_AUTO_UPDATE=1 brew install "$@" >&2 ;; # brew refuses to be root
	esac
}

# check_go stops early: every other message of a missing or old Go is a riddle.
check_go() {
	have go || die "Go is missing; version $wanted_go or newer is needed (https://go.dev/dl)"
	v=$(go env GOVERSION | sed 's/^go//; s/[^0-9.].*//')
	oldest=$(printf '%s\n%s\n' "$wanted_go" "$v" | sort -t. -k1,1n -k2,2n | head -n 1)
	[ "$oldest" = "$wanted_go" ] || die "Go $v is too old; version $wanted_go or newer is needed (https://go.dev/dl)"
}

# check_mac asks for the one thing that no package manager brings there.
check_mac() {
	[ "$1" = cli ] || xcode-select -p >/dev/null 2>&1 ||
		die "Apple's command line tools are missing; run: xcode-select --install"
}

# find_missing sets missing to the packages of a set that are not installed.
find_missing() {
	missing=
	for p in $(packages "$1" "$2"); do
		installed "$2" "$p" || missing="$missing $p"
	done
}

main() {
	set_name=${1:-window}
	manager=$(system)
	if [ "$set_name" = list ]; then
		packages "${2:-window}" "$manager" | tr ' ' '\n'
		return
	fi
	check_go
	[ "${VARVE_SKIP_SETUP:-}" != 1 ] || return 0
	[ "$set_name" != cli ] || return 0
	[ "$manager" != unknown ] ||
		die "no package manager known here; see the list in $0, install, then set VARVE_SKIP_SETUP=1"
	[ "$manager" != brew ] || check_mac "$set_name"
	find_missing "$set_name" "$manager"
	[ -n "$missing" ] || return 0
	[ "$manager" != brew ] || have brew || die "Homebrew is missing (https://brew.sh); it would install:$missing"
	# shellcheck disable=SC2086 # one word per package
	fetch "$manager" $missing
}

main "$@"
