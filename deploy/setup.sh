#!/usr/bin/env bash
# Make the environment at $1 from the lock: uv where it is, else fetched into the environment by pip.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=${1:?usage: deploy/setup.sh FOLDER}
python=${PYTHON:-python3}

fits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; }

if [ ! -x "$venv/bin/python" ]; then
  for candidate in "$python" python3.13 python3.12 python3.11; do
    if fits "$candidate"; then found=$candidate; break; fi
  done
  if [ -z "${found:-}" ]; then
    echo "no Python 3.11 to 3.13 found (looked for $python, python3.13, python3.12, python3.11);" \
      "install one or name it: make setup PYTHON=/path/to/python3" >&2
    exit 1
  fi
  echo "making $venv with $("$found" --version)"
fi

if command -v uv >/dev/null && uv --version >/dev/null 2>&1; then
  uv=uv
  [ -x "$venv/bin/python" ] || uv venv --quiet --python "$(command -v "$found")" "$venv"
else
  [ -x "$venv/bin/python" ] || "$found" -m venv "$venv"
  [ -x "$venv/bin/uv" ] || "$venv/bin/python" -m pip install --quiet uv
  uv=$venv/bin/uv
fi

echo "installing requirements/dev.txt"
"$uv" pip install --quiet --python "$venv/bin/python" --require-hashes -r requirements/dev.txt
# The build backend is locked with the rest, so the package is built without fetching anything.
"$uv" pip install --quiet --python "$venv/bin/python" --no-deps --no-build-isolation -e .
