#!/bin/sh
# Keeps servers from being started while packages are installed, as Debian lets
# one (policy-rc.d), and afterwards from being started with the machine.
#
#   packaging/services.sh hold
#   packaging/services.sh release PACKAGE…
set -eu

policy=${VARVE_POLICY:-/usr/sbin/policy-rc.d}
ours='# by the set-up of Varve'

case "$1" in
hold)
	[ -e "$policy" ] || {
		printf '#!/bin/sh\n%s\nexit 101\n' "$ours" >"$policy"
		chmod +x "$policy"
	}
	;;
release)
	shift
	! grep -qsF "$ours" "$policy" || rm -f "$policy"
	command -v systemctl >/dev/null && command -v dpkg >/dev/null || exit 0
	dpkg -L "$@" 2>/dev/null | sed -n 's,.*/systemd/system/\([^/@]*\.service\)$,\1,p' | xargs -r systemctl -q disable 2>/dev/null || true
	;;
esac
