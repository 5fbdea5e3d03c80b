"""Settings and requests for tables of a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dagster_ingest.connectors.base import ReadRequest
from dagster_ingest.testing import postgres

Ask = Callable[..., ReadRequest]


@pytest.fixture
def ask(postgres_dsn: str, tmp_path: Path) -> Ask:
    """A request for the table `things` of the test's database; keywords are settings but for `cursor` etc."""

    def request(table: str = "things", **more: Any) -> ReadRequest:
        own = {k: more.pop(k) for k in ("cursor", "staging", "sample") if k in more}
        secrets = {"DSN": postgres.address(postgres_dsn, more.pop("user", None))}.__getitem__
        settings = {"dsn": {"secret": "DSN"}, **more}
        return ReadRequest("acme", "db", table, "IA", settings, str(tmp_path), secrets=secrets, **own)

    return request


@pytest.fixture
def run(postgres_dsn: str) -> Callable[..., None]:
    """Runs statements in the test's database."""

    def execute(*statements: str) -> None:
        with postgres.session(postgres_dsn) as connection:
            for statement in statements:
                connection.execute(statement)

    return execute
