#!/usr/bin/env bash
# atheris into folder $1, from the lock, for the Python of .venv: it is put on PYTHONPATH where it is wanted.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:?usage: deploy/fuzz.sh FOLDER}
uv=$(command -v uv || echo .venv/bin/uv)
"$uv" pip install --quiet --python .venv/bin/python --target "$folder" --require-hashes -r requirements/fuzz.txt
ls -d "$folder"/atheris-*.dist-info
