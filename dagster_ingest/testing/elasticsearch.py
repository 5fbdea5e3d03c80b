"""A real Elasticsearch for tests of search, where it was fetched.

What its distribution on Maven lacks, a module of ours names: see deploy/elasticsearch.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dagster_ingest.testing import java
from dagster_ingest.testing.noserver import NoServer
from dagster_ingest.testing.processes import free_port, serving

HOME = Path(__file__).parents[2] / ".elasticsearch"
JAVA = (17, 23)  # the last with a security manager, which it cannot do without
_NOBODY = "nobody"  # it does not run as root


@contextmanager
def real() -> Iterator[str]:
    """Address of an Elasticsearch of one node. NoServer says why not."""
    if not (HOME / "made").exists():
        raise NoServer("Elasticsearch is not here: `make elasticsearch` fetches it")
    program = java.java(*JAVA)
    with tempfile.TemporaryDirectory(prefix="ingest-elasticsearch-") as name:
        folder, port = Path(name), free_port()
        _configure(folder, port)
        user = _NOBODY if os.geteuid() == 0 else None
        if user:
            _give(folder, user)
        at = dict.fromkeys(("ES_TMPDIR", "LIBFFI_TMPDIR", "JNA_TMPDIR"), name)
        words = {
            "java.security.manager": "allow",
            "java.io.tmpdir": name,
            "log4j2.disable.jmx": "true",
            "es.path.home": str(HOME),
            "es.path.conf": f"{name}/config",
            "es.distribution.flavor": "default",
            "es.distribution.type": "zip",
            "es.bundled_jdk": "false",
        }
        options = [f"-D{key}={value}" for key, value in words.items()]
        command = [program, "-Xmx512m", *options, "-cp", f"{HOME}/lib/*"]
        command.append("org.elasticsearch.bootstrap.Elasticsearch")
        url = f"http://127.0.0.1:{port}"
        with serving(command, url, folder / "log", at, user=user):
            yield url


def _configure(folder: Path, port: int) -> None:
    (folder / "config").mkdir()
    shutil.copy(HOME / "config" / "log4j2.properties", folder / "config")
    settings = {
        "cluster.name": folder.name,
        "discovery.type": "single-node",
        "network.host": "127.0.0.1",
        "http.port": port,
        "transport.port": free_port(),
        "path.data": folder / "data",
        "path.logs": folder / "logs",
        "xpack.security.enabled": "false",
    }
    lines = [f"{key}: {value}\n" for key, value in settings.items()]
    (folder / "config" / "elasticsearch.yml").write_text("".join(lines))


def _give(folder: Path, user: str) -> None:
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, user)
