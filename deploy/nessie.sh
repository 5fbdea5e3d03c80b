#!/usr/bin/env bash
# Iceberg catalogs for tests, from Maven, into folder $1: Nessie's server (needs Java 21 to run) and the
# reference REST catalog of Apache Iceberg (Java 17). Versions and digests are pinned here.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:?usage: deploy/nessie.sh FOLDER}
nessie=org.projectnessie.nessie:nessie-quarkus:0.99.0:jar:runner
nessie_sha=ce9fa33e2878bf5ea3981876b9e6204cabc0362b3dd82326b10e47271a78c417
rest_sha=8238ec63197b1c18a780cdc2105d3f78ee65e56b0ba5c7947bafe9915bbe093c
command -v mvn >/dev/null || { echo "mvn is not here: no catalog was fetched"; exit 1; }
mkdir -p "$folder"

matches() { [ "$(cat "${@:2}" 2>/dev/null | sha256sum | cut -d' ' -f1)" = "$1" ]; }

# The jars of a folder in an order that no locale changes.
jars() { find "$1" -name '*.jar' 2>/dev/null | LC_ALL=C sort; }

failed=0
if ! matches "$nessie_sha" "$folder/nessie.jar"; then
  mvn -B -q dependency:copy -Dartifact="$nessie" -DoutputDirectory="$folder/fetched" || failed=1
  if [ -f "$folder"/fetched/nessie-quarkus-*.jar ] && matches "$nessie_sha" "$folder"/fetched/nessie-quarkus-*.jar; then
    mv "$folder"/fetched/nessie-quarkus-*.jar "$folder/nessie.jar"
  else
    echo "Nessie could not be fetched, or is not what was pinned"
    failed=1
  fi
  rm -rf "$folder/fetched"
fi
# shellcheck disable=SC2046
if ! matches "$rest_sha" $(jars "$folder/rest"); then
  rm -rf "$folder/rest"
  mvn -B -q -f deploy/iceberg-rest/pom.xml dependency:copy-dependencies \
    -DoutputDirectory="$(realpath "$folder")/rest" || failed=1
  if ! matches "$rest_sha" $(jars "$folder/rest"); then
    echo "the REST catalog could not be fetched, or is not what was pinned"
    rm -rf "$folder/rest"
    failed=1
  fi
fi
exit "$failed"
