#!/usr/bin/env bash
# Names and rights for scanners, scales, displays and printers that hang on this machine (Linux with udev).
#
#   installers/devices.sh missing             print what isn't there yet, nothing if all is well
#   installers/devices.sh install [TILLUSER]  put the rules in place (as root); TILLUSER may use the devices too when it
#                                             isn't signed in at this machine's own screen
set -euo pipefail
cd "$(dirname "$0")"

rules=70-tillpoint-devices.rules
folder=${UDEV_RULES:-/etc/udev/rules.d}

has_udev() { command -v udevadm >/dev/null || [ -n "${UDEV_RULES-}" ]; }

missing() {
    has_udev || return 0
    cmp -s "$rules" "$folder/$rules" || echo "$folder/$rules"
}

install_rules() {
    if ! has_udev; then
        echo "This machine has no udev; its devices keep the names and rights that it gives them." >&2
        return 0
    fi
    install -D -m 644 "$rules" "$folder/$rules"
    if command -v udevadm >/dev/null; then
        udevadm control --reload
        udevadm trigger --action=change --subsystem-match=tty --subsystem-match=usbmisc --subsystem-match=input
    fi
    echo "Installed $folder/$rules."
}

# The groups that own serial lines and printers, as far as this machine has them (Arch calls the first one uucp).
join_groups() {
    local group
    for group in dialout uucp lp; do
        getent group "$group" >/dev/null || continue
        usermod -aG "$group" "$1"
        echo "$1 is now in the group $group; it counts from the next sign-in."
    done
}

case "${1-}" in
missing) missing ;;
install)
    install_rules
    if [ -n "${2-}" ]; then join_groups "$2"; fi
    ;;
*)
    echo "usage: installers/devices.sh missing|install [TILLUSER]" >&2
    exit 2
    ;;
esac
