#!/usr/bin/env bash
# A NATS server for tests, built by Go into folder $1. Its version is pinned here, its sources by Go's
# checksum database.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:?usage: deploy/nats.sh FOLDER}
version=v2.12.4
go=$(command -v go || echo /usr/local/go/bin/go)
command -v "$go" >/dev/null || { echo "go is not here: nats-server was not built"; exit 1; }

if [ "$("$folder/nats-server" --version 2>/dev/null)" = "nats-server: $version" ]; then
  exit 0
fi
mkdir -p "$folder"
GOBIN="$(realpath "$folder")" "$go" install "github.com/nats-io/nats-server/v2@$version"
"$folder/nats-server" --version
