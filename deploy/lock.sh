#!/usr/bin/env bash
# Resolve requirements/*.txt for every platform and Python that pyproject.toml allows.
# Versions that still fit are kept; UPGRADE=1 takes the newest.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:?usage: deploy/lock.sh PYTHON}
uv=$(command -v uv || echo "$(dirname "$python")/uv")
compile() {
  "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-emit-find-links --no-header --no-annotate ${UPGRADE:+--upgrade} "$@"
}
compile pyproject.toml --all-extras --group dev -o requirements/dev.txt
# What is deployed is what the tests ran on.
compile pyproject.toml --constraint requirements/dev.txt -o requirements/runtime.txt
compile --group datacontract -o requirements/datacontract.txt
compile --group fuzz -o requirements/fuzz.txt
mkdir -p requirements/programs
for program in tap-jsonl tap-spreadsheets source-faker sling; do
  compile --group "$program" -o "requirements/programs/$program.txt"
done
wc -l requirements/*.txt requirements/programs/*.txt
