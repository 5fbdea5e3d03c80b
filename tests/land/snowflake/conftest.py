"""A stand-in for Snowflake for this folder, and a tenant's backing in a database of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dagster_ingest.land.snowflake import SnowflakeBacking, sessions
from dagster_ingest.testing.snowflake import StandIn, running
from tests.land.snowflake import loads
from tests.servers import or_skip


@pytest.fixture(scope="session")
def stand_in() -> Iterator[StandIn]:
    with or_skip(running()) as server:
        yield server
        sessions.close_all()


@pytest.fixture
def database(stand_in: StandIn, request: pytest.FixtureRequest) -> str:
    """Name of an empty database."""
    name = loads.new_database(stand_in.port)
    stand_in.forget()
    return name


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "gulf"


@pytest.fixture
def open_backing(stand_in: StandIn, database: str, folder: Path) -> Callable[..., SnowflakeBacking]:
    def opened(**more: object) -> SnowflakeBacking:
        return loads.backing(stand_in.port, database, folder, **more)

    return opened


@pytest.fixture
def backing(open_backing: Callable[..., SnowflakeBacking]) -> SnowflakeBacking:
    return open_backing()
