#!/usr/bin/env bash
# The libraries that benchmarks compare with, in an environment of their own at $1. Not locked:
# benchmarks/results.json names the versions that were measured.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=${1:?usage: deploy/bench-peers.sh FOLDER}
if command -v uv >/dev/null; then
  [ -x "$venv/bin/python" ] || uv venv --quiet --python .venv/bin/python "$venv"
  uv pip install --quiet --python "$venv/bin/python" "dlt[duckdb,parquet]" sling
else
  [ -x "$venv/bin/python" ] || .venv/bin/python -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet "dlt[duckdb,parquet]" sling
fi
"$venv/bin/python" -c 'from importlib.metadata import version as v; print("dlt", v("dlt"), "sling", v("sling"))'
