"""What every warehouse has to hold, over the stand-in for Snowflake."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dagster_ingest.land.snowflake import sessions
from dagster_ingest.testing.snowflake import StandIn
from dagster_ingest.testing.warehouses import LandingConformance
from tests.land.snowflake.loads import new_database

pytestmark = pytest.mark.snowflake


class OnStandIn:
    """A database of its own on the stand-in that all tests share."""

    port = 0
    shared, together = True, True
    secrets = {"SNOWFLAKE_PASSWORD": "any word does"}  # noqa: RUF012

    def __init__(self, folder: Path) -> None:
        self.target: dict[str, Any] = {
            "type": "snowflake",
            "account": "standin",
            "host": "127.0.0.1",
            "port": self.port,
            "protocol": "http",
            "user": "INGEST",
            "authentication": {"by": "password", "password": {"secret": "SNOWFLAKE_PASSWORD"}},
            "database": new_database(self.port),
            "role": "INGEST_{TENANT}_WRITER",
            "sessions": 2,
            "timeout": 60,
        }

    def __enter__(self) -> OnStandIn:
        return self

    def __exit__(self, *error: object) -> None:
        sessions.close_all()


@pytest.fixture(autouse=True)
def shared(stand_in: StandIn) -> None:
    OnStandIn.port = stand_in.port
    return


@pytest.mark.slow
class TestSnowflake(LandingConformance):
    provider = OnStandIn
