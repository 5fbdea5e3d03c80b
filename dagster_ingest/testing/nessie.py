"""Nessie for tests: its real server, in memory, over an object store on loopback."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster_ingest.testing import java
from dagster_ingest.testing.noserver import NoServer
from dagster_ingest.testing.places import S3_KEY, S3_NAME, S3_SECRET
from dagster_ingest.testing.processes import free_port, serving

JAR = java.FETCHED / "nessie.jar"
JAVA = 21


@contextmanager
def running(endpoint: str) -> Iterator[str]:
    """Address of a server whose tables lie in the bucket S3_NAME at `endpoint`. NoServer says why not."""
    if not JAR.is_file():
        raise NoServer("Nessie is not here: `make nessie` fetches it")
    program = java.java(JAVA)
    port, management = free_port(), free_port()
    with tempfile.TemporaryDirectory(prefix="ingest-nessie-") as folder:
        options = [f"-D{name}={value}" for name, value in _options(port, management, endpoint).items()]
        command = [program, "-Xmx384m", *options, "-jar", str(JAR)]
        with serving(command, f"http://127.0.0.1:{port}/api/v2/config", Path(folder) / "log"):
            yield f"http://127.0.0.1:{port}"


def target(uri: str, endpoint: str) -> dict[str, Any]:
    """The target of deploy/warehouses.yaml that leads there; secrets are named S3_KEY and S3_SECRET."""
    return {"type": "iceberg", "catalog": {"type": "nessie", "uri": uri}, "store": store(endpoint)}


def store(endpoint: str) -> dict[str, Any]:
    return {
        "endpoint": endpoint,
        "region": "us-east-1",
        "access_key": {"secret": "S3_KEY"},
        "secret_key": {"secret": "S3_SECRET"},
    }


def secrets() -> dict[str, str]:
    return {"S3_KEY": S3_KEY, "S3_SECRET": S3_SECRET}


def _options(port: int, management: int, endpoint: str) -> dict[str, object]:
    s3 = "nessie.catalog.service.s3.default-options"
    return {
        "quarkus.http.host": "127.0.0.1",
        "quarkus.http.port": port,
        "quarkus.management.host": "127.0.0.1",
        "quarkus.management.port": management,
        "quarkus.http.access-log.enabled": "false",
        "nessie.version.store.type": "IN_MEMORY",
        "nessie.catalog.default-warehouse": "warehouse",
        "nessie.catalog.warehouses.warehouse.location": f"s3://{S3_NAME}/raw",
        f"{s3}.region": "us-east-1",
        f"{s3}.path-style-access": "true",
        f"{s3}.endpoint": endpoint,
        f"{s3}.access-key": "urn:nessie-secret:quarkus:s3key",
        "s3key.name": S3_KEY,
        "s3key.secret": S3_SECRET,
    }
