"""A stand-in for the tests of this folder, with a database."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dagster_ingest.testing.snowflake import StandIn, running
from tests.servers import or_skip

Connect = Callable[..., Any]


@pytest.fixture(scope="session")
def server() -> Iterator[StandIn]:
    with or_skip(running()) as standin:
        yield standin


@pytest.fixture
def connect(server: StandIn) -> Iterator[Connect]:
    """Opens sessions in an empty database D with a schema S; closed at the end of the test."""
    with warnings.catch_warnings():  # the connector complains of others' versions as it is imported
        warnings.simplefilter("ignore")
        import snowflake.connector
    opened: list[Any] = []

    def open_one(tag: str = '{"tenant":"test"}', **more: Any) -> Any:
        options = server.options(session_parameters={"QUERY_TAG": tag}, **more)
        opened.append(snowflake.connector.connect(**options))
        return opened[-1]

    first = open_one()
    for statement in ("create database if not exists D", "drop schema if exists D.S", "create schema D.S"):
        first.cursor().execute(statement)
    yield lambda **more: open_one(**{"database": "D", "schema": "S", **more})
    for connection in opened:
        connection.close()


@pytest.fixture
def ask(connect: Connect) -> Callable[[str], list[tuple]]:
    """Runs a statement in one session, and gives its rows."""
    session = connect()
    return lambda sql: session.cursor().execute(sql).fetchall()
