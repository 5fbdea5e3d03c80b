#!/usr/bin/env bash
# datacontract-cli in an environment of its own at $1, from the lock: it wants other versions than we do.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=${1:?usage: deploy/datacontract.sh FOLDER}
uv=$(command -v uv || echo .venv/bin/uv)
[ -x "$venv/bin/python" ] || "$uv" venv --quiet --python .venv/bin/python "$venv"
"$uv" pip sync --quiet --python "$venv/bin/python" --require-hashes requirements/datacontract.txt
"$venv/bin/python" -c 'from importlib.metadata import version as v; print("datacontract-cli", v("datacontract-cli"))'
