"""The YAML may swap the connector, and nothing else changes: the same raw rows and the same data versions,
and behind them the same elt and stage tables.

The data version decides whether anything downstream runs, so equal ones mean equal tables downstream. That
is not taken for granted: dbt builds all of it out of what each connector landed.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pytest

from dagster_ingest import naming
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.extract.source import SourceLoad
from dagster_ingest.land.duckdb import DuckDBLanding
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.testing import postgres, sample
from dagster_ingest.testing.programs import install
from dagster_ingest.transform.materialize import materialize

ROOT = Path(__file__).parents[2]
TENANT = (ROOT / "tenants" / "gulf" / "tenant.yaml").read_text()
FILES = 'settings: {path: "{state}"}'
PLACE = "*{table}[._-]*csv"

CONNECTORS = {
    "dlt": f"""connector: dlt
    settings: {{source: files, config: {{bucket_url: "{{drops}}/{{state}}", file_glob: "{PLACE}"}}}}""",
    "singer": f"""connector: singer
    settings:
      tap: tap-rows
      config: {{path: "{{drops}}/{{state}}/{PLACE}", stream: "{{table}}"}}""",
    "sql": """connector: sql
    settings: {dsn: {secret: SWAP_DSN}, db_schema: "{state}", table: "{table}"}""",
    "tap-jsonl": """connector: singer
    settings:
      tap: tap-jsonl
      config: {path: "{drops}/jsonl/{state}/{table}.jsonl", stream_name: "{table}"}""",
}


@dataclass
class World:
    folder: Path
    same_rows: dict[str, bool] = field(default_factory=dict)

    @property
    def drops(self) -> Path:
        return self.folder / "drops"

    def delivered(self, table: str) -> tuple[list[str], list[list[str]]]:
        """(headings, rows) of a table's file, by Python's own reader."""
        ends = re.compile(rf"{table}[._-].*csv$")
        (path,) = (p for p in (self.drops / "gulf" / "fl").iterdir() if ends.search(p.name))
        with open(path, newline="", encoding="utf-8-sig") as lines:
            heading, *rows = csv.reader(lines)
        return heading, [row for row in rows if len(row) == len(heading)]

    def platform(self, connector: str, home: str = "") -> TenantPlatform:
        """gulf by this connector; by itself in a warehouse of its own."""
        text = TENANT if connector == "files" else TENANT.replace(FILES, CONNECTORS[connector])
        place = self.folder / (home or connector) / "tenants"
        (place / "gulf").mkdir(parents=True, exist_ok=True)
        (place / "gulf" / "tenant.yaml").write_text(text)
        settings = Settings.load(root=ROOT, home=place.parent, drops=self.drops, tenants_dir=place)
        loaded = load_tenants(settings)
        assert loaded.errors == ()
        return TenantPlatform(settings, loaded.tenants[0])

    def load(self, connector: str, home: str = "") -> dict[str, tuple[str, pl.DataFrame]]:
        """Table to (data version, raw rows) of gulf/FL."""
        platform = self.platform(connector, home)
        landing = DuckDBLanding(platform.settings.warehouse, "gulf")
        (source,) = platform.spec.sources
        load = SourceLoad.of(platform.settings, platform.spec, source, "FL", landing)
        found = {}
        for table in source.tables:
            result = load.run(table, naming.new_load_id())
            assert result.outcome == "committed", (table.name, result.verdict)
            self.same_rows[table.name] = result.same_rows
            rows = pl.DataFrame(landing.read("raw", table.raw, "FL"))
            found[table.name] = (result.version.data_version, rows)
        return found

    def downstream(self, connector: str, parsed: Path) -> dict[tuple[str, str], str]:
        """(layer, table) to the data version of all that dbt makes of a load, in a warehouse of its own."""
        home = f"{connector}-through"
        self.load(connector, home)
        platform = self.platform(connector, home)
        shutil.copytree(parsed, platform.settings.home / "target")
        for cohort in platform.graph.cohorts:
            built = materialize(platform, cohort, {node.name for node in cohort.models}, "FL")
            assert not built.failed, built.explain()
        made = platform.versions("FL").items()
        return {name: version.data_version for name, version in made if name[0] != "raw"}


@pytest.fixture(scope="module")
def through_files(world: World, parsed_projects: Path) -> dict[tuple[str, str], str]:
    return world.downstream("files", parsed_projects)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    found = World(tmp_path_factory.mktemp("swap"))
    sample.write(found.drops, tenants=["gulf"], day=1)
    return found


@pytest.fixture(scope="module")
def by_files(world: World) -> dict[str, tuple[str, pl.DataFrame]]:
    return world.load("files")


def same(found: dict[str, tuple[str, pl.DataFrame]], expected: dict[str, tuple[str, pl.DataFrame]]) -> None:
    """Every cell, every hash; only where and when a row was read may differ, and its place there."""
    assert found.keys() == expected.keys()
    assert all(rows.height for _, rows in expected.values())
    own = ["_load_id", "_loaded_at", "_source_uri", "_row_number"]
    for name, (version, rows) in expected.items():
        assert rows.columns == found[name][1].columns
        plain = [frame.drop(own).sort("_row_hash") for frame in (rows, found[name][1])]
        assert plain[0].equals(plain[1]), name
        assert found[name][0] == version, name


def test_after_a_swap_nothing_downstream_has_to_run(world: World, by_files) -> None:
    """In the warehouse that files filled: the new partition has the rows and the version of the old one."""
    found = world.load("dlt", home="files")

    assert {name: version for name, (version, _) in found.items()} == {n: v for n, (v, _) in by_files.items()}
    assert world.same_rows == dict.fromkeys(by_files, True)


def test_dlt_for_files(world: World, by_files) -> None:
    same(world.load("dlt"), by_files)


def test_singer_for_files(world: World, by_files, programs_folder: Path) -> None:
    install(programs_folder, "tap-rows", "tap.py")

    same(world.load("singer"), by_files)


@pytest.mark.programs
def test_a_published_tap_for_files(world: World, by_files, real_program: Callable[[str], Path]) -> None:
    """It reads JSON lines, so the rows are written as such; every cell is the same text."""
    real_program("tap-jsonl")
    place = world.drops / "gulf" / "jsonl" / "fl"
    place.mkdir(parents=True)
    for name in by_files:
        heading, rows = world.delivered(name)
        lines = [json.dumps(dict(zip(heading, row, strict=True))) + "\n" for row in rows]
        (place / f"{name}.jsonl").write_text("".join(lines))

    same(world.load("tap-jsonl"), by_files)


@pytest.fixture
def served_by_postgres(world: World, by_files, postgres_dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The delivered rows in tables of a database."""
    with postgres.session(postgres_dsn) as connection:
        connection.execute("create schema fl")
        for name in by_files:
            heading, rows = world.delivered(name)
            columns = ", ".join(f'"{column}" text' for column in heading)
            connection.execute(f"create table fl.{name} ({columns})")
            with connection.cursor().copy(f"copy fl.{name} from stdin") as copy:
                for row in rows:
                    copy.write_row(row)
    monkeypatch.setenv("GULF__SWAP_DSN", postgres.address(postgres_dsn))


@pytest.mark.postgres
def test_sql_for_files(world: World, by_files, served_by_postgres) -> None:
    same(world.load("sql"), by_files)


@pytest.mark.slow
@pytest.mark.parametrize("connector", ["dlt", "singer"])
def test_the_same_tables_downstream(
    world: World, through_files, parsed_projects: Path, programs_folder: Path, connector: str
) -> None:
    install(programs_folder, "tap-rows", "tap.py")

    found = world.downstream(connector, parsed_projects)

    assert {layer for layer, _ in found} == {"elt", "stage"}
    assert found == through_files


@pytest.mark.slow
@pytest.mark.postgres
def test_the_same_tables_downstream_of_sql(
    world: World, through_files, parsed_projects: Path, served_by_postgres
) -> None:
    assert world.downstream("sql", parsed_projects) == through_files
