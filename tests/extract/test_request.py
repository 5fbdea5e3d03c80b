"""Requests hold the state, and the digest of inputs changes with all that a load hangs on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from dagster_ingest.connectors.base import Fingerprint
from dagster_ingest.extract.request import inputs_digest, read_request
from dagster_ingest.land.base import PartitionVersion
from dagster_ingest.spec.models import ColumnState, FeedState
from dagster_ingest.spec.resolved import SourceSpec

TENANT = SimpleNamespace(name="acme", states=("IA", "NE"), file=Path("tenant.yaml"))


@pytest.fixture
def source(world):
    return SourceSpec("feed", "csv", "files", "full", FeedState(), world.tables)


def test_the_state_is_filled_in_wherever_it_stands(source):
    settings = {"path": "{state}/in", "columns": ["{STATE}", "x"], "header_rows": 0, "more": {"a": "{state}"}}
    table = replace(source.tables[0], settings=settings)
    request = read_request(TENANT, source, table, "NE", Path("/d"))
    assert request.settings == {
        "path": "ne/in",
        "columns": ["NE", "x"],
        "header_rows": 0,
        "more": {"a": "ne"},
    }
    assert request.allowed == "/d/acme"


def test_every_part_of_the_inputs_counts(source, make):
    table = source.tables[0]
    parent = PartitionVersion("raw", "feed_orgs", "IA", "l", "v1", "i", 1, 1, "t")
    base = {
        "fingerprint": Fingerprint("a"),
        "source": source,
        "table": table,
        "state": "IA",
        "first_state": True,
        "parents": [parent],
    }
    changes = [
        {},
        {"fingerprint": Fingerprint("b")},
        {"source": replace(source, mode="partial")},
        {"source": replace(source, state=ColumnState(by="column", column="X"))},
        {"table": replace(table, contract=replace(table.contract, checksum="other"))},
        {"table": replace(table, policy=make.quarantine)},
        {"table": replace(table, decode={"NAME": "json"})},
        {"table": replace(table, template_row=True)},
        {"state": "NE"},
        {"first_state": False},
        {"parents": []},
        {"parents": [replace(parent, data_version="v2")]},
    ]
    digests = [inputs_digest(**{**base, **change}) for change in changes]
    assert len(set(digests)) == len(changes)
    assert inputs_digest(**base) == digests[0]


def test_the_names_of_the_files_do_not_count(source):
    one, two = Fingerprint("a", ("x.csv",), 1), Fingerprint("a", ("y.csv",), 1)
    digests = {inputs_digest(f, source, source.tables[0], "IA", True, []) for f in (one, two)}
    assert len(digests) == 1
