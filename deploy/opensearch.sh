#!/usr/bin/env bash
# OpenSearch for tests, from Maven, into folder $1: the jars of one node (Java 17). Version in the pom beside
# it, digest of all jars here.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:?usage: deploy/opensearch.sh FOLDER}
sha=f6021dfe05900ebd0503c224e36eb7ceb684d559ad7781070407c1b2bf1fa768
command -v mvn >/dev/null || { echo "mvn is not here: OpenSearch was not fetched"; exit 1; }

# The jars in an order that no locale changes.
fetched() {
  find "$folder" -name '*.jar' -print0 2>/dev/null | LC_ALL=C sort -z | xargs -0 -r cat | sha256sum | cut -d' ' -f1
}

[ "$(fetched)" = "$sha" ] && exit 0
rm -rf "$folder"
mvn -B -q -f deploy/opensearch/pom.xml dependency:copy-dependencies -DoutputDirectory="$(realpath -m "$folder")"
if [ "$(fetched)" != "$sha" ]; then
  echo "OpenSearch could not be fetched, or is not what was pinned"
  rm -rf "$folder"
  exit 1
fi
