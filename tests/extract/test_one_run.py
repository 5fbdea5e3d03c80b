"""The five files of a WellSky export through real loads: a set that is not whole loads nothing at all."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import polars as pl
import pytest

from dagster_ingest.errors import Unavailable
from dagster_ingest.extract.source import SourceLoad
from dagster_ingest.land.duckdb import DuckDBLanding
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.testing import sample

ROOT = Path(__file__).parents[2]
TABLES = ("organization", "location", "locationphone", "physicaladdress", "services")


class Gulf:
    """The sample tenant gulf, its state AL."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings.load(root=ROOT, home=home, tenants=("gulf",))
        sample.write(self.settings.drops, ["gulf"])
        (self.tenant,) = load_tenants(self.settings).tenants
        self.landing = DuckDBLanding(self.settings.home / "warehouse", "gulf")
        self.folder = self.settings.drops / "gulf" / "al"
        self.loads = 0

    def load(self) -> dict[str, object]:
        """Table to the result of its load, or the error that it raised."""
        source = self.tenant.sources[0]
        load = SourceLoad.of(self.settings, self.tenant, source, "AL", self.landing)
        found: dict[str, object] = {}
        for table in source.tables:
            self.loads += 1
            try:
                found[table.name] = load.run(table, f"load-{self.loads}")
            except Unavailable as error:
                found[table.name] = error
        return found

    def deliver(self, stamp: str, *tables: str, hours_ago: float = 0.0) -> None:
        """The day's files once more under another date; descriptions of services tell the date."""
        for path in sorted(self.folder.iterdir()):
            table = re.sub("^brev?|_[0-9]{8}.csv$", "", path.name)
            if table in tables and "_20260302" in path.name:
                new = path.with_name(path.name.replace("20260302", stamp))
                new.write_text(path.read_text().replace("Available", stamp))
                at = time.time() - hours_ago * 3600
                os.utime(new, (at, at))

    def stamps(self) -> set[str]:
        """Dates in the names of the files that the landed rows of all tables are from."""
        rows = [pl.DataFrame(self.landing.read("raw", f"wellsky_{t}", "AL")) for t in TABLES]
        return {stamp for frame in rows for stamp in frame["_source_uri"].str.extract("([0-9]{8})").unique()}


@pytest.fixture
def gulf(tmp_path):
    gulf = Gulf(tmp_path)
    assert {r.outcome for r in gulf.load().values()} == {"committed"}
    return gulf


def test_four_files_of_a_new_run_wait_for_the_fifth_then_are_refused_then_load(gulf):
    gulf.deliver("20260401", *TABLES[:4], hours_ago=1)
    assert {r.outcome for r in gulf.load().values()} == {"unchanged"}

    gulf.deliver("20260401", *TABLES[:4], hours_ago=3)
    refused = gulf.load()
    assert {r.outcome for r in refused.values()} == {"blocked"}
    assert {r.error.rule for r in refused.values()} == {"set|incomplete"}
    assert "brevservices_20260302.csv" in refused["organization"].verdict.reason
    assert gulf.stamps() == {"20260302"}

    gulf.deliver("20260401", "services")
    outcomes = gulf.load()
    assert outcomes["services"].outcome == "committed"
    assert "blocked" not in {r.outcome for r in outcomes.values()}
    assert outcomes["services"].files == ("gulf/al/brevservices_20260401.csv",)


def test_a_first_delivery_that_is_not_whole_lands_nothing(tmp_path):
    gulf = Gulf(tmp_path)
    (gulf.folder / "brevservices_20260302.csv").unlink()

    found = gulf.load()

    assert all(isinstance(error, Unavailable) for error in found.values())
    assert all(gulf.landing.current(f"wellsky_{table}", "AL") is None for table in TABLES)
