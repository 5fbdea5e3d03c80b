"""A tenant with a store of its own, loaded as a run loads it: table by table, whatever happens to one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from dagster_ingest.connectors.base import Connector
from dagster_ingest.errors import DataError, IngestError
from dagster_ingest.extract import load_table
from dagster_ingest.extract.around import Around
from dagster_ingest.extract.result import LoadResult
from dagster_ingest.land.base import PartitionVersion
from dagster_ingest.land.duckdb import DuckDBLanding
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.validate.audit import Auditor

TENANT = "acme"
Rows = dict[str, tuple[str, pl.DataFrame]]
# Where and when a row was read differs between two loads of the same rows.
_OF_THE_LOAD = ["_load_id", "_loaded_at", "_source_uri", "_row_number"]
_HEAD = """\
tenant: acme
display_name: Acme 211
owners: [team:acme]
cost: {cost_center: cc-1}
states: [%s]
freshness: {fail: 36h}
publish: [{reader: hsds_package}]
sources:
"""


@dataclass(frozen=True)
class Ended:
    """How the load of one table ended: committed, unchanged, blocked, or by which error it was raised.

    rule  what a delivery that was blocked breaks
    """

    how: str
    rule: str = ""
    error: IngestError | None = None
    result: LoadResult | None = None

    @property
    def kind(self) -> str:
        return f"{self.how} {self.rule}".strip()


@dataclass
class Store:
    """folder: holds the tenant, its drops and its warehouse. state: the tenant's only one."""

    folder: Path
    source: str
    state: str
    connector: Callable[[], Connector]
    audit: type = Auditor
    landing: DuckDBLanding = field(init=False)

    def __post_init__(self) -> None:
        self.settings = Settings.load(root=self.folder)
        self.landing = DuckDBLanding(self.settings.warehouse, TENANT)
        self.say(self.source)

    def say(self, source: str) -> None:
        """Another YAML of the source."""
        place = self.folder / "tenants" / TENANT
        place.mkdir(parents=True, exist_ok=True)
        (place / "tenant.yaml").write_text(_HEAD % self.state + source)
        loaded = load_tenants(self.settings)
        assert not loaded.errors, loaded.errors
        (self.tenant,) = loaded.tenants

    @property
    def drops(self) -> Path:
        return self.settings.drops / TENANT

    def copy(self, folder: Path) -> Store:
        """A store that has loaded what this one has."""
        for name in ("warehouse", "drops"):
            origin = getattr(self.settings, name)
            if origin.exists():
                shutil.copytree(origin, folder / origin.relative_to(self.folder))
        return Store(folder, self.source, self.state, self.connector)

    def load(self) -> dict[str, Ended]:
        """Table to how its load ended."""
        (source,), connector = self.tenant.sources, self.connector()
        around = Around.of(self.settings, TENANT)
        ended = {}
        for table in source.tables:
            try:
                result = load_table(
                    self.tenant, source, table, self.state,
                    connector=connector, landing=self.landing, audit=self.audit,
                    drops=self.settings.drops, around=around,
                )  # fmt: skip
            except IngestError as error:
                ended[table.name] = Ended(type(error).__name__, error=error)
                continue
            broken = "" if result.outcome != "blocked" else result.verdict.failed_rules[0].rule
            ended[table.name] = Ended(result.outcome, broken, result.error, result)
        return ended

    def versions(self) -> list[PartitionVersion]:
        """The registry: every partition with its load, its data version and its cursor."""
        return self.landing.versions()

    def held(self) -> list[str]:
        """Candidates that wait for a person."""
        return [held.hash for held in self.landing.held.all() if held.reason == "review"]

    def rows(self) -> Rows:
        """Table to (data version, raw rows in an order of their own)."""
        found = {}
        for version in self.versions():
            frame = pl.DataFrame(self.landing.read("raw", version.table, self.state))
            own = [name for name in _OF_THE_LOAD if name in frame.columns]
            found[version.table] = (version.data_version, frame.drop(own).sort("_row_hash"))
        return found


def same(found: Rows, expected: Rows) -> None:
    """Every cell and every data version."""
    assert found.keys() == expected.keys()
    for name, (version, frame) in expected.items():
        columns = sorted(frame.columns)
        assert sorted(found[name][1].columns) == columns
        assert found[name][1].select(columns).equals(frame.select(columns)), name
        assert found[name][0] == version, name


def explained(ended: Ended, *named: str) -> str:
    """What the error of a load says; it must name each of `named`."""
    said = (
        str(ended.error) if ended.error is not None else ended.result.verdict.reason if ended.result else ""
    )
    assert said
    for part in named:
        assert part in said, (part, said)
    if isinstance(ended.error, DataError) and ended.result is not None:
        assert ended.error.problem in ended.result.verdict.reason
    return said
