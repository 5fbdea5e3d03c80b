"""A small incremental source: a log of changes in a file, read by a connector of another distribution.

`python -m tests.extract.ticker FOLDER` loads it once, so that a fault can kill the process.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from dagster_ingest.connectors import registry
from dagster_ingest.errors import IngestError
from dagster_ingest.extract import load_table
from dagster_ingest.extract.around import Around
from dagster_ingest.extract.replay import replay_table
from dagster_ingest.land.duckdb import DuckDBLanding
from dagster_ingest.naming import new_load_id, rule_id
from dagster_ingest.spec.contract import Column, Contract, Rule
from dagster_ingest.spec.models import FeedState, Policy
from dagster_ingest.spec.resolved import SourceSpec, TableSpec
from dagster_ingest.validate.audit import Auditor

SETTINGS = """
from typing import Literal
from pydantic import BaseModel, ConfigDict, Field

class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    page: int = Field(default=2, description="Rows of a page.", examples=[2])
    deletes: Literal["keys", "present"] = Field(default="keys", description="How.", examples=["keys"])

SETTINGS = Settings
"""

CONNECTOR = """
import json
from pathlib import Path

import polars as pl

from dagster_ingest.connectors.base import (
    Batch, Capabilities, Checked, Completeness, Deletions, Delivery, Fingerprint,
)
from dagster_ingest.connectors.registry import parse_settings
from dagster_ingest.errors import Unavailable


class TickerRead(Delivery):
    columns = ["ID", "NAME"]

    def __init__(self, request):
        self._settings = parse_settings("ticker", request.settings)
        self._source = json.loads((Path(request.allowed) / "log.json").read_text())
        self._since = int(request.cursor) if request.cursor else None
        self._allowed = request.allowed

    @property
    def snapshot(self):
        return self._since is None

    def batches(self):
        log, page = self._source["log"], self._settings.page
        live = {}
        for seq, key, name in log:
            live[key] = (seq, name)
        rows = [(k, n) for k, (seq, n) in live.items() if n is not None and seq > (self._since or 0)]
        Path(self._allowed, "asked.json").write_text(json.dumps([self._since, len(rows)]))
        for at in range(0, max(len(rows), 1), page):
            if self._source.get("fails_at") == at:
                raise Unavailable("reset", where="ticker", fix="try again")
            cells = {"ID": [k for k, _ in rows[at:at + page]], "NAME": [n for _, n in rows[at:at + page]]}
            frame = pl.DataFrame(cells, schema={"ID": pl.String, "NAME": pl.String})
            yield Batch(frame, f"ticker://log#page={at // page + 1}", at + 1)
        self._live = live

    def completeness(self):
        short = self._source.get("short")
        return Completeness(not short, "the count disagrees" if short else None)

    def cursor(self):
        return str(max((seq for seq, _, _ in self._source["log"]), default=0))

    def deletions(self):
        if self._since is None:
            return None
        if self._settings.deletes == "present":
            keys = [k for k, (_, n) in self._live.items() if n is not None]
        else:
            keys = [k for k, (seq, n) in self._live.items() if n is None and seq > self._since]
        return Deletions(self._settings.deletes, pl.DataFrame({"ID": keys}, schema={"ID": pl.String}))


class Ticker:
    capabilities = Capabilities(incremental=True, deletes=True)

    def check(self, request):
        return Checked(True, "there is a log")

    def discover(self, request):
        return ()

    def fingerprint(self, request):
        return Fingerprint("", ("ticker://log",))

    def read(self, request):
        return TickerRead(request)


CONNECTOR = Ticker
"""


def install(site: Path) -> None:
    """The distribution, as an installer leaves it."""
    package = site / "ticker_connector"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "settings.py").write_text(SETTINGS)
    (package / "connector.py").write_text(CONNECTOR)
    metadata = site / "ticker-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: ticker\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[{registry.GROUP}]\nticker = ticker_connector\n")


def contract(*rules: Rule, **more: Any) -> Contract:
    own = (
        Rule(rule_id("ID", "required"), "required", ("ID",), {}),
        Rule(rule_id("ID", "primary_key"), "primary_key", ("ID",), {}),
    )
    return Contract(
        id="things",
        version="1.0.0",
        table="things",
        file="contracts/things.odcs.yaml",
        columns=(Column("ID", "ID", key=True), Column("NAME", "NAME", optional=True)),
        rules=own + rules,
        keys=("ID",),
        checksum=more.pop("checksum", "first"),
        **more,
    )


@dataclass
class Ticking:
    """One table of one tenant, read incrementally."""

    folder: Path
    contract: Contract = field(default_factory=contract)
    policy: Policy = field(default_factory=Policy)
    settings: dict[str, Any] = field(default_factory=dict)
    sweep: int | None = None

    def __post_init__(self) -> None:
        self.landing = DuckDBLanding(self.folder / "warehouse", "acme")
        (self.folder / "drops" / "acme").mkdir(parents=True, exist_ok=True)

    def write(self, *log: tuple[str, str | None], **more: Any) -> None:
        """The source's whole log: (key, name), None for a deleted row."""
        numbered = [(seq, key, name) for seq, (key, name) in enumerate(log, start=1)]
        path = self.folder / "drops" / "acme" / "log.json"
        path.write_text(json.dumps({"log": numbered, **more}))

    def asked(self) -> tuple[int | None, int]:
        """(the cursor that the last read started from, rows that it gave)."""
        return tuple(json.loads((self.folder / "drops" / "acme" / "asked.json").read_text()))

    @property
    def spec(self) -> tuple[Any, SourceSpec, TableSpec]:
        table = TableSpec("things", "feed_things", self.contract, self.policy, self.settings)
        source = SourceSpec("feed", "csv", "ticker", "incremental", FeedState(), (table,), sweep=self.sweep)
        return SimpleNamespace(name="acme", states=("IA",), file=Path("tenant.yaml")), source, table

    def load(self):
        tenant, source, table = self.spec
        return load_table(
            tenant,
            source,
            table,
            "IA",
            connector=registry.connector("ticker"),
            landing=self.landing,
            audit=Auditor,
            drops=self.folder / "drops",
            around=Around(self.folder / "work", lambda name: ""),
            load_id=new_load_id(),
        )

    def replay(self):
        tenant, source, table = self.spec
        return replay_table(tenant, source, table, "IA", landing=self.landing, audit=Auditor)

    def rows(self) -> dict[str, str]:
        import polars as pl

        frame = pl.DataFrame(self.landing.read("raw", "feed_things", "IA"))
        found = dict(frame.select("ID", "NAME").rows())
        assert len(found) == frame.height, "a key stands twice"
        return found

    def position(self) -> int | None:
        """The cursor that is committed."""
        current = self.landing.current("feed_things", "IA")
        return int(json.loads(current.cursor)["cursor"]) if current and current.cursor else None


if __name__ == "__main__":
    try:
        print(Ticking(Path(sys.argv[1])).load().outcome)
    except IngestError as error:
        print(type(error).__name__)
