from __future__ import annotations

import pytest

from dagster_ingest.land.iceberg import IcebergBacking
from dagster_ingest.spec.warehouse import IcebergWarehouse
from tests.land.iceberg import helpers


@pytest.fixture
def parts(tmp_path):
    return tmp_path / "parts"


@pytest.fixture
def opened(tmp_path):
    """Makes backings over one SQLite catalog, each as another process would have it."""
    made = []

    def open_one(spec=None, **target):
        of = IcebergWarehouse.model_validate({"type": "iceberg", **target})
        made.append(
            IcebergBacking(of, spec or helpers.spec(), dict[str, str]().__getitem__, tmp_path / "gulf")
        )
        return made[-1]

    yield open_one
    for backing in made:
        backing.close()


@pytest.fixture
def backing(opened):
    return opened()
