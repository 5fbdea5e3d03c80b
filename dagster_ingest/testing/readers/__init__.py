"""What every reader has to hold, as a pytest class that its test inherits:

    class TestPostgres(ReaderConformance):
        provider = PostgresProvider

The provider (see world.Provider) brings the store up, makes readers of it, reads every byte back and
spoils a value behind the reader's back. Processes that die are real ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pytest

from dagster_ingest.testing.readers.deaths import Deaths
from dagster_ingest.testing.readers.going import Going
from dagster_ingest.testing.readers.showing import Showing
from dagster_ingest.testing.readers.world import NoStore, Provider


class ReaderConformance(Showing, Going, Deaths):
    """Inherit from it and set `provider`."""

    provider: ClassVar[type[Provider]]

    @pytest.fixture(scope="class")
    @classmethod
    def running(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
        try:
            with cls.provider(tmp_path_factory.mktemp("store")) as made:
                yield made
        except NoStore as reason:
            pytest.skip(str(reason))

    @pytest.fixture
    def store(self, running: Provider) -> Provider:
        """The same server for all tests of a reader, emptied."""
        running.empty()
        return running
