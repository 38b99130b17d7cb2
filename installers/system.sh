#!/usr/bin/env bash
# System packages that Tillpoint needs on Debian and its relatives.
#
#   installers/system.sh missing run|dev    print the packages that are not installed, on one line
#   installers/system.sh install run|dev    install them (as root)
#
# "run" is what the till and the demo need; "dev" adds what the tests drive for real.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=installers/python.sh
source installers/python.sh

# Qt's platforms: offscreen, xcb and wayland. Noto CJK: one family that has English and both Chinese scripts. The other
# Noto fonts and FriBiDi: names in Arabic, Hebrew, Thai on receipts.
run_packages=(
    libdbus-1-3 libegl1 libfontconfig1 libgl1 libglib2.0-0
    libwayland-client0 libwayland-cursor0 libwayland-egl1
    libx11-xcb1 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0
    libxcb-shape0 libxcb-sync1 libxcb-xfixes0 libxcb-xkb1 libxkbcommon-x11-0 libxkbcommon0
    fontconfig fonts-noto-cjk fonts-noto-core libfribidi0
)

# Print those of the given packages that are neither installed nor stood in for by another one
# (Ubuntu's libglib2.0-0t64 provides libglib2.0-0).
not_installed() {
    dpkg-query -W -f '${db:Status-Status}|${Package}, ${Provides}\n' | awk -F '|' -v wanted="$*" '
        $1 == "installed" {
            n = split($2, names, /, */)
            for (i = 1; i <= n; i++) { sub(/ .*/, "", names[i]); have[names[i]] = 1 }
        }
        END { n = split(wanted, names, " "); for (i = 1; i <= n; i++) if (!(names[i] in have)) print names[i] }'
}

python_packages() {
    local python
    if [ -x .venv/bin/python ]; then return; fi
    if ! python=$(find_python); then
        echo python3 python3-venv
    elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        "$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'
    fi
}

# Of CUPS, for its tests, the whole package: only that has the program that prints to a network port.
cups_packages=(cups cups-client)

test_packages() {
    not_installed "${cups_packages[@]}"
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || echo postgresql
    command -v chromium chromium-browser google-chrome >/dev/null || echo chromium
}

missing() {
    {
        python_packages
        not_installed "${run_packages[@]}"
        if [ "$1" = dev ]; then test_packages; fi
    } | paste -s -d ' '
}

install_missing() {
    local packages
    read -r -a packages <<<"$(missing "$1")" || true
    [ ${#packages[@]} -gt 0 ] || return 0
    # Tests start a PostgreSQL of their own: a first-time install should not leave a server running here.
    if [[ " ${packages[*]} " == *" postgresql "* ]] && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
        mkdir -p /etc/postgresql-common
        echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
    fi
    # So do tests of print queues, with a CUPS of their own.
    local own_cups=
    if [[ " ${packages[*]} " == *" cups "* ]]; then own_cups=1; fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq || echo "Some package lists could not be refreshed; going on with those that are here." >&2
    apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=120 "${packages[@]}" |
        awk '/^(Need to get|Unpacking) / { print "    " $0; fflush() }'
    if [ -n "$own_cups" ] && [ -d /run/systemd/system ]; then
        systemctl -q disable --now cups.service cups.socket cups.path || true
    fi
}

case "${1-} ${2-}" in
"missing run" | "missing dev") missing "$2" ;;
"install run" | "install dev") install_missing "$2" ;;
*)
    echo "usage: installers/system.sh missing|install run|dev" >&2
    exit 2
    ;;
esac
