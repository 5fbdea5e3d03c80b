#!/usr/bin/env bash
# Extractors of others, each in an environment of its own under $1, from the locks in requirements/programs.
# What is named after $1 is installed; nothing named: all.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:?usage: deploy/programs.sh FOLDER [PROGRAM ...]}
shift
uv=$(command -v uv || echo .venv/bin/uv)
mkdir -p "$folder"
for lock in requirements/programs/*.txt; do
  name=$(basename "$lock" .txt)
  [ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
  venv=$folder/$name
  [ -x "$venv/bin/python" ] || "$uv" venv --quiet --python .venv/bin/python "$venv"
  "$uv" pip sync --quiet --python "$venv/bin/python" --require-hashes "$lock"
done
# The wheel holds the program, but puts it nowhere.
for binary in "$folder"/sling/lib/python*/site-packages/sling_linux_amd64/bin/sling-linux-amd64; do
  [ -f "$binary" ] && chmod +x "$binary" && ln -sf "$(realpath "$binary")" "$folder/sling/bin/sling"
done
ls "$folder"/*/bin | grep -E '^(tap-|source-faker|sling)' || true
