"""The reference REST catalog of Apache Iceberg for tests: its own server, over SQLite and local files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dagster_ingest.testing import java
from dagster_ingest.testing.noserver import NoServer
from dagster_ingest.testing.processes import free_port, serving

JARS = java.FETCHED / "rest"
JAVA = (17, 23)  # Hadoop's file system asks for what Java 24 took away
_MAIN = "org.apache.iceberg.rest.RESTCatalogServer"


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Address of a server whose tables lie in `folder`. NoServer says why not."""
    if not JARS.is_dir():
        raise NoServer("the REST catalog is not here: `make nessie` fetches it")
    program = java.java(*JAVA)
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="ingest-rest-") as work:
        environment = {
            "CATALOG_REST_PORT": str(port),
            "CATALOG_URI": f"jdbc:sqlite:file:{work}/catalog.db",
            "CATALOG_WAREHOUSE": f"file://{folder}",
        }
        command = [program, "-Xmx256m", "-cp", f"{JARS}/*", _MAIN]
        address = f"http://127.0.0.1:{port}"
        with serving(command, f"{address}/v1/config", Path(work) / "log", environment):
            yield address
