"""A tenant in two states with a real landing, a real audit and a drop folder, all in a temporary folder."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from dagster_ingest.connectors import registry
from dagster_ingest.extract import load_table
from dagster_ingest.land.duckdb import DuckDBLanding
from dagster_ingest.naming import rule_id
from dagster_ingest.spec.contract import Column, Contract, Rule
from dagster_ingest.spec.models import ColumnState, FeedState, Policy, WholeState
from dagster_ingest.spec.resolved import SourceSpec, TableSpec
from dagster_ingest.validate.audit import Auditor

BLOCK = Policy()
QUARANTINE = Policy(on_reject="quarantine", max_share=0.5)


def rule(column: str, kind: str, **params) -> Rule:
    return Rule(rule_id(column, kind), kind, (column,), params)


def contract(*columns: str, rules: tuple[Rule, ...] = (), key: str | None = "ID", **more) -> Contract:
    keys = (key,) if key else ()
    own = (rule(key, "required"), rule(key, "primary_key")) if key else ()
    return Contract(
        id="services",
        version="1.0.0",
        table="services",
        file="contracts/services.odcs.yaml",
        columns=tuple(Column(c, c, key=c in keys, optional=c not in keys) for c in columns),
        rules=own + rules,
        keys=keys,
        checksum="first",
        **more,
    )


@dataclass
class World:
    """One source of one tenant. `tables` may be replaced by a test before it loads."""

    folder: Path
    states: tuple[str, ...] = ("IA", "NE")
    binding: FeedState | ColumnState | WholeState = field(default_factory=FeedState)
    mode: str = "full"
    tables: tuple[TableSpec, ...] = ()
    loads: int = 0

    def __post_init__(self) -> None:
        self.drops = self.folder / "drops"
        self.landing = DuckDBLanding(self.folder / "warehouse", "acme")
        self.table("services", contract("ID", "NAME", "NOTE"), path="{state}")

    def table(self, name: str, of: Contract, *, policy: Policy = BLOCK, parents=(), decode=None, **settings):
        template_row = settings.pop("template_row", False)
        settings.setdefault("pattern", f"*{name}*.csv*")
        spec = TableSpec(
            name,
            f"feed_{name}",
            replace(of, table=name),
            policy,
            settings,
            parents,
            decode or {},
            template_row,
        )
        self.tables = (*(t for t in self.tables if t.name != name), spec)
        return spec

    def put(self, name: str, content: str | bytes) -> Path:
        path = self.drops / "acme" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def load(self, state: str = "IA", table: str = "services", **parts):
        self.loads += 1
        source = SourceSpec("feed", "csv", "files", self.mode, self.binding, self.tables)
        tenant = SimpleNamespace(name="acme", states=self.states, file=Path("tenant.yaml"))
        given = {
            "connector": registry.connector("files"),
            "landing": self.landing,
            "audit": Auditor,
            "drops": self.drops,
            "load_id": f"load-{self.loads}",
        }
        return load_table(tenant, source, source.table(table), state, **{**given, **parts})

    def rows(self, *columns: str, state: str = "IA", table: str = "services") -> list[tuple]:
        if self.landing.current(f"feed_{table}", state) is None:
            return []
        frame = pl.DataFrame(self.landing.read("raw", f"feed_{table}", state))
        return frame.sort("_row_number").select(columns or ("ID", "NAME")).rows()

    def quarantined(self, table: str = "services", **more) -> list[tuple]:
        return sorted(
            (row.state, row.row_number, row.rules)
            for row in self.landing.quarantined(f"feed_{table}", **more)
        )


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def make():
    """Contracts, rules and policies for tests."""
    return SimpleNamespace(contract=contract, rule=rule, block=BLOCK, quarantine=QUARANTINE)
