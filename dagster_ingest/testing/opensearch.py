"""Stores for tests of search: a stand-in for OpenSearch in memory, and the real one where it was fetched."""

from __future__ import annotations

import fcntl
import json
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster_ingest.publish.opensearch.server import Server
from dagster_ingest.testing import java
from dagster_ingest.testing.noserver import NoServer
from dagster_ingest.testing.processes import serving

JARS = Path(__file__).parents[2] / ".opensearch"
JAVA = 17


@contextmanager
def stand_in() -> Iterator[str]:
    """Address of osmem-server: no OpenSearch, but its wire protocol. NoServer says why not."""
    try:
        from osmem_server import OsmemError, OsmemServer
    except ImportError as error:
        raise NoServer(f"the stand-in for OpenSearch is missing: {error}") from None
    try:
        server = OsmemServer.start(japanese=False)
    except OsmemError as error:
        raise NoServer(f"the stand-in for OpenSearch does not start: {error}") from None
    try:
        yield server.url
    finally:
        server.close()
        server.process.stdout.close()


@contextmanager
def real() -> Iterator[str]:
    """Address of an OpenSearch of one node, run by its jars. NoServer says why not."""
    if not any(JARS.glob("*.jar")):
        raise NoServer("OpenSearch is not here: `make opensearch` fetches it")
    program = java.java(JAVA)
    with _port() as port, tempfile.TemporaryDirectory(prefix="ingest-opensearch-") as folder:
        runner = "org.codelibs.opensearch.runner.OpenSearchRunner"
        options = ["-basePath", f"{folder}/data", "-numOfNode", "1", "-baseHttpPort", str(port - 1)]
        # Nodes of one machine that name the same cluster find each other and become one.
        options += ["-clusterName", Path(folder).name]
        command = [program, "-Xmx512m", "-cp", f"{JARS}/*", runner, *options]
        with serving(command, f"http://127.0.0.1:{port}", Path(folder) / "log"):
            yield f"http://127.0.0.1:{port}"


@contextmanager
def _port() -> Iterator[int]:
    """Its runner looks for a port between 9200 and 9300 only. Kept from other tests of this machine: a
    server takes so long to open its port that a second one would be sent to the first."""
    for port in range(9210, 9299):
        with open(Path(tempfile.gettempdir()) / f"ingest-opensearch-port-{port}", "a") as kept:
            try:
                fcntl.flock(kept, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            with socket.socket() as probe:
                taken = not probe.connect_ex(("127.0.0.1", port))
            if not taken:
                yield port
                return
    raise NoServer("no port between 9210 and 9299 is free")


def ask(url: str, method: str, path: str, body: Any = None) -> Any:
    with Server(url) as server:
        return server.ask(method, path, body)


def found(url: str, alias: str, query: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    """Documents that a search finds, best first."""
    answer = ask(url, "POST", f"/{alias}/_search", {"query": query, "size": 1000, **more})
    return [hit["_source"] for hit in answer["hits"]["hits"]]


def dump_bytes(url: str) -> bytes:
    """Every document of every index as text, hidden ones included, with mappings and settings."""
    ask(url, "POST", "/_refresh")
    about = [ask(url, "GET", "/_mapping"), ask(url, "GET", "/_settings"), ask(url, "GET", "/_alias")]
    text = [json.dumps(each) for each in about]
    for index in sorted(about[0]):
        text += [json.dumps(d, ensure_ascii=False) for d in found(url, index, {"match_all": {}})]
    return "\n".join(text).encode()


def wipe(url: str) -> None:
    """Remove every index."""
    for index in ask(url, "GET", "/_mapping"):
        ask(url, "DELETE", f"/{index}")
