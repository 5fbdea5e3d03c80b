"""Real Elasticsearch for tests of search, where it was fetched.

What its distributions on Maven lack, a module of ours stands in for: deploy/elasticsearch says which.
"""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from dagster_ingest.testing import java
from dagster_ingest.testing.noserver import NoServer
from dagster_ingest.testing.processes import free_port, serving

FETCHED = Path(__file__).parents[2] / ".elasticsearch"


def seven() -> AbstractContextManager[str]:
    """Address of version 7.17, which has all that the mappings need. NoServer says why not."""
    return _node(FETCHED / "7", (17, 23))  # the last with a security manager, which it needs


def eight() -> AbstractContextManager[str]:
    """Address of version 8.19, which takes all documents, and cannot be asked for shapes and suggestions."""
    return _node(FETCHED / "8", (17, 99))


@contextmanager
def _node(home: Path, versions: tuple[int, int]) -> Iterator[str]:
    if not (home / "bin" / "elasticsearch").exists():
        raise NoServer("Elasticsearch is not here: `make elasticsearch` fetches it")
    program = Path(java.java(*versions))
    user = _nobody() if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="ingest-elasticsearch-") as name:
        folder, port = Path(name), free_port()
        _configure(home, folder, port)
        if user:
            for path in (folder, *folder.rglob("*")):
                shutil.chown(path, user)
        environment = {
            "ES_JAVA_HOME": str(program.parents[1]),
            "ES_JAVA_OPTS": "-Xms512m -Xmx512m",
            "ES_PATH_CONF": f"{name}/config",
            "ES_TMPDIR": f"{name}/tmp",
            "HOME": name,
        }
        url = f"http://127.0.0.1:{port}"
        command = [str(home / "bin" / "elasticsearch")]
        health, log = f"{url}/_cluster/health", folder / "log"
        with serving(command, health, log, environment, user=user, launcher=True):
            yield url


def _nobody() -> str:
    """Whom it runs as where this process is root, as which it does not run."""
    try:
        return pwd.getpwnam("nobody").pw_name
    except KeyError:
        raise NoServer("Elasticsearch does not run as root, and there is no user nobody") from None


def _configure(home: Path, folder: Path, port: int) -> None:
    for name in ("config", "tmp"):
        (folder / name).mkdir()
    shutil.copy(home / "config" / "log4j2.properties", folder / "config")
    (folder / "config" / "jvm.options").write_text("-Djava.io.tmpdir=${ES_TMPDIR}\n")
    settings = {
        "cluster.name": folder.name,
        "discovery.type": "single-node",
        "network.host": "127.0.0.1",
        "http.port": port,
        "transport.port": 0,  # any
        "path.data": folder / "data",
        "path.logs": folder / "logs",
        "xpack.security.enabled": "false",
        "cluster.routing.allocation.disk.threshold_enabled": "false",  # it may be fuller than it likes
    }
    lines = [f"{key}: {value}\n" for key, value in settings.items()]
    (folder / "config" / "elasticsearch.yml").write_text("".join(lines))
