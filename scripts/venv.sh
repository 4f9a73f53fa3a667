#!/bin/sh
# Makes .venv with what one group of targets needs: scripts/venv.sh [base|torch|evaluate|dev|train]. Instant when up to date.
set -eu
cd "$(dirname "$0")/.."
group=${1:-base}
venv=${VENV:-.venv}
stamp="$venv/.installed-$group"
wanted="$(cat pyproject.toml constraints.txt | cksum)"

fail() { printf '\nmargay: %s\n' "$*" >&2; exit 1; }

find_python() {
    for candidate in ${PYTHON:-python3.11 python3.12 python3.13 python3}; do
        if command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null
        then
            command -v "$candidate"
            return
        fi
    done
    fail "Python 3.11, 3.12 or 3.13 is needed and none was found (looked for: ${PYTHON:-python3.11 python3.12 python3.13 python3}). Install one, or name it: make PYTHON=/path/to/python3.11 ..."
}

if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && [ -x "$venv/bin/python" ]; then
    exit 0
fi

[ -w . ] || fail "the folder $(pwd) cannot be written to. Clone the repository into a folder of yours."
if [ ! -x "$venv/bin/python" ]; then
    python=$(find_python) || exit 1
    echo "Making $venv with $python"
    "$python" -m venv "$venv" || fail "this Python cannot make a virtual environment. On Debian or Ubuntu: apt install python3-venv"
fi

case $group in
    base) target=. ;;
    *) target=".[$group]" ;;
esac
echo "Installing Margay ($group) into $venv; the first time takes about a minute"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-compile \
    --constraint constraints.txt --editable "$target" ||
    fail "a package could not be installed (the lines above say which). Check the network or your package index, then run the same command again; it goes on where it stopped."
printf '%s' "$wanted" > "$stamp"
