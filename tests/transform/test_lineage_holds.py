"""Lineage against what really happens: a raw column is edited, the models are run, and nothing changes but
what the lineage names."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from dagster_ingest.extract.decode import CODECS
from dagster_ingest.land.empty import empty_tables
from dagster_ingest.naming import SYSTEM_COLUMNS
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.spec.resolved import TableSpec, TenantSpec
from dagster_ingest.testing import sample
from dagster_ingest.transform import run
from dagster_ingest.transform.compiled import model_lineage
from dagster_ingest.transform.graph import tenant_graph
from dagster_ingest.transform.project import manifests, projects
from dagster_ingest.transform.reach import Lineage
from dagster_ingest.transform.relation import Table
from dagster_ingest.transform.shapes import tenant_shapes
from dagster_ingest.transform.variables import raw_tables, variables

pytestmark = pytest.mark.slow
STATE = "FL"
Sums = dict[tuple[Table, str], tuple]

# (raw table, column, a column that must change by it, for the test to be one)
EDITED = [
    ("wellsky_services", "FEES", ("stage", "search_record", "fees")),
    ("wellsky_services", "ISACTIVE", ("stage", "service", "id")),
    ("wellsky_services", "SERVICE_AREAS", ("stage", "service_area", "name")),
    ("wellsky_services", "DATE_UPDATED", ("stage", "service", "last_modified")),
    ("wellsky_services", "TAXONOMY_DEFINITION", None),
    ("wellsky_location", "LATITUDE", ("stage", "location", "latitude")),
    ("wellsky_locationphone", "NUMBER", ("stage", "phone", "number")),
    ("wellsky_physicaladdress", "CITY", ("stage", "address", "city")),
    ("wellsky_organization", "NAME", ("stage", "organization", "name")),
]


class Models:
    """All models of the sample tenant gulf over one state's raw rows, run as plain selects."""

    def __init__(self, settings: Settings, spec: TenantSpec, folder: Path) -> None:
        tables = {table.raw: table for table in spec.sources[0].tables}
        rows = {raw: _rows(folder, table) for raw, table in tables.items()}
        database = folder / "landed.duckdb"
        headings = {raw: [n for n in entry[0] if n not in SYSTEM_COLUMNS] for raw, entry in rows.items()}
        empty_tables(database, headings)
        graph = tenant_graph(manifests(settings), raw_tables(spec))
        self.nodes = [node for node in graph.nodes.values() if node.unique_id]
        self.sql: dict[str | None, str] = {}
        for project, layer in zip(projects(settings), ("elt", "stage"), strict=True):
            uids = [str(node.unique_id) for node in graph.layer(layer)]
            self.sql |= run.compile_sql(project, uids, variables(spec) | {"state": STATE}, database)
        self.connection = duckdb.connect(config={"threads": 1})
        self.connection.execute("attach ':memory:' as warehouse; use warehouse")
        self.connection.execute("create schema raw; create schema elt; create schema stage")
        for raw, entries in rows.items():
            names = ", ".join(f'"{name}" varchar' for name in entries[0])
            marks = ", ".join("?" * len(entries[0]))
            self.connection.execute(f"create table raw.{raw} ({names})")
            self.connection.executemany(
                f"insert into raw.{raw} values ({marks})", [list(entry.values()) for entry in entries]
            )

    def run(self) -> Sums:
        """A sum over each column of each model, which hangs on its values and not on their order."""
        found: Sums = {}
        for node in self.nodes:
            name = f'{node.layer}."{node.table}"'
            self.connection.execute(f"create or replace table {name} as {self.sql[node.unique_id]}")
            columns = [row[0] for row in self.connection.execute(f"describe {name}").fetchall()]
            sums = ", ".join(f'sum(hash("{column}"::varchar))' for column in columns)
            values = self.connection.execute(f"select {sums}, count(*) from {name}").fetchone()
            found |= {(node.name, c): (v, values[-1]) for c, v in zip(columns, values[:-1], strict=True)}
        return found

    @contextmanager
    def edited(self, table: str, column: str) -> Iterator[None]:
        """Every value of the column taken from the next row, one in three gone; its companion with it."""
        names = [row[0] for row in self.connection.execute(f"describe raw.{table}").fetchall()]
        moved = ", ".join(
            f'case when n % 3 > 0 then lead("{name}") over (order by n) end as "{name}"'
            for name in names
            if name in (column, f"{column}_json")
        )
        self.connection.execute("begin")
        self.connection.execute(
            f"create or replace table raw.{table} as select * exclude (n) replace ({moved})"
            f" from (select *, row_number() over () as n from raw.{table})"
        )
        yield
        self.connection.execute("rollback")


def _rows(folder: Path, table: TableSpec) -> list[dict[str, str | None]]:
    """The rows of the sample's file, with their companions, as they land."""
    (file,) = (folder / "gulf" / STATE.lower()).glob(table.settings["pattern"])
    with open(file, encoding="utf-8-sig", newline="") as handle:
        entries = [{k: v or None for k, v in row.items()} for row in csv.DictReader(handle)]
    for number, entry in enumerate(entries):
        for column in table.decode:
            text = entry[column]
            entry[f"{column}_json"] = CODECS[table.decode[column]](text) if text else None
        entry |= dict.fromkeys(SYSTEM_COLUMNS, "1") | {"_state": STATE, "_row_number": str(number)}
    return entries


@pytest.fixture(scope="module")
def lineage(traced_settings: Settings, gulf: TenantSpec) -> Lineage:
    shapes = tenant_shapes(traced_settings, gulf)
    return Lineage(model_lineage(traced_settings, shapes, empty_tables))


@pytest.fixture(scope="module")
def gulf(traced_settings: Settings) -> TenantSpec:
    return next(spec for spec in load_tenants(traced_settings).tenants if spec.name == "gulf")


@pytest.fixture(scope="module")
def models(traced_settings: Settings, gulf: TenantSpec, tmp_path_factory: pytest.TempPathFactory) -> Models:
    folder = tmp_path_factory.mktemp("drops")
    sample.write(folder, ["gulf"], 1, None, sample.SEED, folder / "canaries.json")
    return Models(traced_settings, gulf, folder)


@pytest.fixture(scope="module")
def before(models: Models) -> Sums:
    return models.run()


@pytest.mark.parametrize(("table", "column", "must_change"), EDITED, ids=[f"{t}.{c}" for t, c, _ in EDITED])
def test_nothing_changes_but_what_the_lineage_names(
    models: Models, before: Sums, lineage: Lineage, table: str, column: str, must_change: tuple | None
) -> None:
    reach = lineage.downstream(("raw", table), [column])
    with models.edited(table, column):
        after = models.run()
    changed = {key for key in before if before[key] != after[key]}
    unnamed = {
        (name, field)
        for name, field in changed
        if field not in reach.columns.get(name, {}) and name not in reach.rows | reach.follows
    }
    assert unnamed == set()
    if must_change is None:
        assert changed == set()
    else:
        layer, name, field = must_change
        assert ((layer, name), field) in changed
