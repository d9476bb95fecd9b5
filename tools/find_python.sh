#!/bin/sh
# Print a Python from 3.11 to 3.14: the first of the arguments, .venv's first. Where all are older, uv, from the package
# index into an environment of its own, downloads one from its code host into the same place.
#
#     VENV=.venv sh tools/find_python.sh python3 python3.14 ...

for python in "$VENV/bin/python" "$@" "$VENV"/python/cpython-*/bin/python3.1[1-4]; do
    if "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null; then
        echo "$python"
        exit
    fi
done

export UV_PYTHON_INSTALL_DIR="$VENV/python"
for older in "$@"; do
    if "$older" -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null; then
        echo "No Python from 3.11 to 3.14 is installed; uv downloads 3.12 into $VENV/python" >&2
        if "$older" -m venv "$VENV/uv" && "$VENV/uv/bin/python" -m pip install -q --disable-pip-version-check uv >&2 &&
            "$VENV/uv/bin/uv" python install -q --no-bin 3.12; then
            ls "$PWD/$VENV"/python/cpython-3.12*/bin/python3.12 | head -n 1
            exit
        fi
        break
    fi
done

echo "Puppet needs Python 3.11, 3.12, 3.13 or 3.14 and found none as $*: sudo apt-get install python3 python3-venv, or name one: make PYTHON=/path/to/python3.12" >&2
exit 1
