# shellcheck shell=bash
# Sourced by the set-up scripts: which Python makes .venv.

# Print the first Python from 3.11 to 3.13; PYTHON=… is taken instead when it is set. Status 1 if there is none.
find_python() {
    local candidate
    for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3}; do
        if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
            command -v "$candidate"
            return 0
        fi
    done
    return 1
}
