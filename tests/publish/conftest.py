"""What the tests of faults share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.publish.fault_servers import servers


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """Of a server by the name of its store."""
    with servers(tmp_path_factory.mktemp("published")) as address:
        yield address


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A MongoDB that is not there is soon given up."""
    from dagster_ingest.publish.mongodb import driver

    monkeypatch.setattr(driver, "_SECONDS", 0.5)
