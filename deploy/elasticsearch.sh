#!/usr/bin/env bash
# Elasticsearch 7 and 8 for tests, from Maven, into folder $1 (needs a JDK): the distributions of its own
# integration tests, and a module of ours each for what those lack (deploy/elasticsearch). Versions and
# digests are pinned here.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."
folder=${1:?usage: deploy/elasticsearch.sh FOLDER}
seven=7.17.29
seven_sha=841ee00be1a72ba8e707b5a2fb55f23fe7a4184369b4585393238b1c903eedaf
extras_sha=3fc4139860139a524b0e56309261c943c90863da0c1bb2d1b0fc86d78f1525cd
eight=8.19.21
eight_sha=215d5f3dbf0609a149f6218a9e47b6ae2df34ebbff3c5754e35f15a5e5393c8a
made=$(cat deploy/elasticsearch.sh deploy/elasticsearch/*.java | sha256sum)
[ "$(cat "$folder/made" 2>/dev/null)" = "$made" ] && exit 0
for program in mvn javac jar; do
  command -v "$program" >/dev/null || { echo "$program is not here: Elasticsearch was not fetched"; exit 1; }
done
aside=$(mktemp -d)
trap 'rm -rf "$aside"' EXIT

# fetched GROUP NAME VERSION KIND SHA: the path of the file
fetched() {
  local file=$aside/fetched/$2-$3.$4
  mvn -B -q dependency:copy -Dartifact="org.elasticsearch.$1:$2:$3:$4" -DoutputDirectory="$aside/fetched" >&2 || true
  if [ "$(cat "$file" 2>/dev/null | sha256sum | cut -d' ' -f1)" != "$5" ]; then
    echo "$2 $3 could not be fetched, or is not what was pinned" >&2
    return 1
  fi
  echo "$file"
}

# module HOME VERSION NAME CLASS JAR
module() {
  mkdir -p "$1/modules/$3"
  cp "$5" "$1/modules/$3/"
  printf '%s\n' "name=$3" "description=$3" "version=$2" "classname=$4" "java.version=17" \
    "elasticsearch.version=$2" >"$1/modules/$3/plugin-descriptor.properties"
}

# home VERSION SHA CLASS: a distribution with our module
home() {
  local zip at=$aside/elasticsearch-$1 parts=$aside/$3
  zip=$(fetched distribution.integ-test-zip elasticsearch "$1" zip "$2")
  (cd "$aside" && jar xf "$zip")
  javac --release 17 -proc:none -cp "$at/lib/*" -d "$parts" deploy/elasticsearch/Folding.java "deploy/elasticsearch/$3.java" >&2
  jar cf "$parts.jar" -C "$parts" .
  module "$at" "$1" parts "$3" "$parts.jar"
  mkdir -p "$at/plugins"
  chmod +x "$at"/bin/*
  echo "$at"
}

at=$(home "$seven" "$seven_sha" Parts7)
extras=$(fetched plugin mapper-extras-client "$seven" jar "$extras_sha")
module "$at" "$seven" mapper-extras org.elasticsearch.index.mapper.MapperExtrasPlugin "$extras"
mkdir "$aside/homes"
mv "$at" "$aside/homes/7"
at=$(home "$eight" "$eight_sha" Parts8)
mv "$at" "$aside/homes/8"
chmod -R a+rX "$aside/homes"
rm -rf "$folder"
mv "$aside/homes" "$folder"
echo "$made" >"$folder/made"
