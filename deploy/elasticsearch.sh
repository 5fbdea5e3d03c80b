#!/usr/bin/env bash
# Elasticsearch for tests, from Maven, into folder $1: the distribution of its own integration tests and the
# module with `search_as_you_type`, both of one version, and a module of ours that names what is left (needs
# a JDK). Version and digests are pinned here. It runs on Java 17 to 23.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:?usage: deploy/elasticsearch.sh FOLDER}
version=7.17.29
server=org.elasticsearch.distribution.integ-test-zip:elasticsearch:$version:zip
server_sha=841ee00be1a72ba8e707b5a2fb55f23fe7a4184369b4585393238b1c903eedaf
extras=org.elasticsearch.plugin:mapper-extras-client:$version:jar
extras_sha=3fc4139860139a524b0e56309261c943c90863da0c1bb2d1b0fc86d78f1525cd
made=$(cat deploy/elasticsearch.sh deploy/elasticsearch/Parts.java | sha256sum)
[ "$(cat "$folder/made" 2>/dev/null)" = "$made" ] && exit 0
for program in mvn javac jar; do
  command -v "$program" >/dev/null || { echo "$program is not here: Elasticsearch was not fetched"; exit 1; }
done
rm -rf "$folder"
aside=$(mktemp -d)
trap 'rm -rf "$aside"' EXIT

# fetched ARTIFACT SHA: the path of its file
fetched() {
  mvn -B -q dependency:copy -Dartifact="$1" -DoutputDirectory="$aside/fetched" >&2
  local name
  name=$(cut -d: -f2,3 <<<"$1" | tr : -).${1##*:}
  if [ "$(sha256sum <"$aside/fetched/$name" | cut -d' ' -f1)" != "$2" ]; then
    echo "$1 could not be fetched, or is not what was pinned" >&2
    return 1
  fi
  echo "$aside/fetched/$name"
}

# module NAME CLASS JAR
module() {
  mkdir -p "$home/modules/$1"
  cp "$3" "$home/modules/$1/"
  printf '%s\n' "name=$1" "description=$1" "version=$version" "classname=$2" "java.version=1.8" \
    "elasticsearch.version=$version" >"$home/modules/$1/plugin-descriptor.properties"
}

zip=$(fetched "$server" "$server_sha")
jar=$(fetched "$extras" "$extras_sha")
(cd "$aside" && jar xf "$zip")
home=$aside/elasticsearch-$version
module mapper-extras org.elasticsearch.index.mapper.MapperExtrasPlugin "$jar"
javac -proc:none -cp "$home/lib/*" -d "$aside/parts" deploy/elasticsearch/Parts.java
jar cf "$aside/parts.jar" -C "$aside/parts" .
module parts Parts "$aside/parts.jar"
mkdir -p "$home/plugins"
mv "$home" "$folder"
chmod -R a+rX "$folder"
echo "$made" >"$folder/made"
