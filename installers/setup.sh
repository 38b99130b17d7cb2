#!/usr/bin/env bash
# Make Tillpoint ready to run from a clone: system packages, .venv, Tillpoint itself, translations.
#
#   installers/setup.sh run    for the demo and the commands
#   installers/setup.sh dev    for tests and checks as well
#
# What is done already is not done again: stamps in .venv/.stamps hold a digest of what they were made from.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=installers/python.sh
source installers/python.sh

kind=${1-}
if [ "$kind" != run ] && [ "$kind" != dev ]; then
    echo "usage: installers/setup.sh run|dev" >&2
    exit 2
fi

say() { printf '==> %s\n' "$*"; }
stop() {
    printf 'Set-up stopped: %s\n' "$*" >&2
    exit 1
}

# step "what it does" command…: say it, run it, say how long it took.
step() {
    local what=$1 began=$SECONDS
    shift
    say "$what"
    "$@" || stop "this step failed: $what. The lines above say why; \`make\` again goes on from here."
    say "done in $((SECONDS - began)) s"
}

digest() { cat "$@" | sha256sum | cut -d ' ' -f 1; }
stamped() { [ "$(cat ".venv/.stamps/$1" 2>/dev/null)" = "$2" ]; }
stamp() { mkdir -p .venv/.stamps && echo "$2" >".venv/.stamps/$1"; }

# --- system packages

system_packages() {
    command -v dpkg-query >/dev/null || return 0
    local missing
    missing=$(installers/system.sh missing "$kind")
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" = 0 ]; then
        step "Installing system packages: $missing" installers/system.sh install "$kind"
    elif sudo -n true 2>/dev/null; then
        step "Installing system packages with sudo: $missing" sudo installers/system.sh install "$kind"
    else
        local command="'$PWD/installers/system.sh' install $kind"
        if command -v sudo >/dev/null; then command="sudo $command"; else command="su -c \"$command\""; fi
        stop "these system packages are missing, and installing them needs an administrator: $missing
Run this one command, then make again:

    $command
"
    fi
}

# --- names and rights of devices: where it is allowed; a till with a network printer and a keyboard scanner needs none

device_rules() {
    [ -n "$(installers/devices.sh missing)" ] || return 0
    if [ "$(id -u)" = 0 ]; then
        step "Giving names and rights to a till's devices" installers/devices.sh install
    elif sudo -n true 2>/dev/null; then
        step "Giving names and rights to a till's devices with sudo" sudo installers/devices.sh install
    else
        say "For serial and USB devices, an administrator may run: sudo '$PWD/installers/devices.sh' install $(id -un)"
    fi
}

# --- .venv

venv_works() {
    .venv/bin/python -c 'import sys, importlib.util as i
sys.exit(not (i.find_spec("pip") and (3, 11) <= sys.version_info[:2] <= (3, 13)))' 2>/dev/null
}

virtual_environment() {
    venv_works && return 0
    local python
    python=$(find_python) || stop "no Python from 3.11 to 3.13 was found. Install one, or name it: make PYTHON=/path/to/python3"
    step "Making .venv with $("$python" -V 2>&1) ($python)" "$python" -m venv --clear .venv
}

# --- Python packages: exactly those in the lock file, each checked against its hash

pip_with_progress() {
    local total
    total=$(grep -c '==' "$1")
    PYTHONUNBUFFERED=1 .venv/bin/python -m pip install --disable-pip-version-check --no-input --progress-bar off \
        --require-hashes -r "$1" | awk -v total="$total" '
            /^(Collecting|Requirement already satisfied)/ { sub(/^(Collecting|Requirement already satisfied:) /, ""); printf "    %d/%d %s\n", ++n, total, $1; fflush(); next }
            /^Ignoring/ { n++; next }
            /^Installing collected/ { print "    unpacking into .venv"; fflush() }'
}

python_packages() {
    local run dev
    run=$(digest locks/run.txt)
    dev=$(digest locks/run.txt locks/dev.txt)
    if [ "$kind" = run ]; then
        # dev.txt holds everything of run.txt, in the same versions
        stamped run "$run" && return 0
        step "Downloading and installing Python packages (about 270 MB once; some minutes)" pip_with_progress locks/run.txt
    else
        stamped dev "$dev" && return 0
        step "Downloading and installing Python packages, with those for tests (about 300 MB once; some minutes)" \
            pip_with_progress locks/dev.txt
        stamp dev "$dev"
    fi
    stamp run "$run"
}

# --- Tillpoint itself, from this folder

tillpoint_itself() {
    local project
    project=$(digest pyproject.toml <(pwd))
    [ -x .venv/bin/tillpoint ] && stamped project "$project" && return 0
    step "Installing Tillpoint from this folder" .venv/bin/python -m pip install -q --disable-pip-version-check \
        --no-input --no-deps --no-build-isolation -e .
    stamp project "$project"
}

translations() {
    local po stale=()
    for po in */locale/*/LC_MESSAGES/tillpoint.po; do
        if [ -e "$po" ] && [ "$po" -nt "${po%.po}.mo" ]; then stale+=("$po"); fi
    done
    [ ${#stale[@]} -gt 0 ] || return 0
    step "Compiling ${#stale[@]} translations" compile_catalogues "${stale[@]}"
}

compile_catalogues() {
    local po
    for po in "$@"; do
        .venv/bin/pybabel -q compile -i "$po" -o "${po%.po}.mo" || return 1
    done
}

# Two `make` at once wait for each other.
mkdir -p build
exec 9>build/setup.lock
if command -v flock >/dev/null; then flock 9; fi

system_packages
device_rules
virtual_environment
python_packages
tillpoint_itself
translations
