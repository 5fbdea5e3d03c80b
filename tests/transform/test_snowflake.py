"""Both projects on dbt-snowflake over the stand-in, twice: the rows of DuckDB, and nothing untagged."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.spec.warehouse import SnowflakeWarehouse
from dagster_ingest.testing import sample
from dagster_ingest.testing.snowflake import running
from dagster_ingest.transform.graph import Node, TenantGraph, tenant_graph
from dagster_ingest.transform.project import manifests, projects
from dagster_ingest.transform.run import NodeResult, build
from dagster_ingest.transform.variables import raw_tables, variables
from dagster_ingest.transform.where import DuckDBFile, SnowflakeSession, Where
from tests.servers import or_skip
from tests.transform.test_lineage_holds import STATE, _rows

pytestmark = [pytest.mark.slow, pytest.mark.snowflake]
TENANT = "gulf"
TAGS = {"state": STATE, "run_id": "run-1", "cost/team": "data"}


@dataclass
class Built:
    """What both warehouses made of the same raw rows; `first` and `second` are the runs on the stand-in."""

    graph: TenantGraph
    first: Mapping[str, NodeResult]
    second: Mapping[str, NodeResult]
    history: list[dict[str, Any]]
    file: Path
    cursor: Any

    def nodes(self) -> list[Node]:
        return [node for node in self.graph.nodes.values() if node.unique_id]


@pytest.fixture(scope="module")
def built(parsed_projects: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    folder = tmp_path_factory.mktemp("snowflake")
    shutil.copytree(parsed_projects, folder / "target")
    settings = Settings.load(root=Path(__file__).parents[2], home=folder)
    sample.write(folder / "drops", tenants=[TENANT])
    spec = next(s for s in load_tenants(settings).tenants if s.name == TENANT)
    raw = {table.raw: _rows(folder / "drops", table) for table in spec.sources[0].tables}
    graph = tenant_graph(manifests(settings, "snowflake"), raw_tables(spec))
    given = variables(spec) | {"state": STATE}
    file = folder / "gulf.duckdb"
    _into_duckdb(file, raw)
    _build(settings, graph, given, DuckDBFile(file))
    with or_skip(running()) as server:
        cursor = _into_snowflake(server, raw, folder)
        server.forget()
        warehouse = SnowflakeWarehouse.model_validate(
            {
                "type": "snowflake",
                "account": "standin",
                "user": "DBT",
                "database": "D",
                "host": "127.0.0.1",
                "port": server.port,
                "protocol": "http",
                "authentication": {"by": "password", "password": {"secret": "PASSWORD"}},
            }
        )
        where = SnowflakeSession.of(warehouse, TENANT, lambda _: "none", TAGS)
        runs = [_build(settings, graph, given, where) for _ in range(2)]
        yield Built(graph, *runs, server.history(), file, cursor)


def _build(settings: Settings, graph: TenantGraph, given: Mapping[str, Any], where: Where):
    found: list[NodeResult] = []
    for project, layer in zip(projects(settings, where.target), ("elt", "stage"), strict=True):
        nodes = graph.layer(layer)
        uids = [str(n.unique_id) for n in nodes] + [uid for n in nodes for uid in n.tests]
        found += build(project, uids, given, where)
    return {result.unique_id: result for result in found}


def _into_duckdb(file: Path, raw) -> None:
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema raw")
        for table, entries in raw.items():
            names = ", ".join(f'"{name}" varchar' for name in entries[0])
            marks = ", ".join("?" * len(entries[0]))
            connection.execute(f"create table raw.{table} ({names})")
            rows = [list(entry.values()) for entry in entries]
            connection.executemany(f"insert into raw.{table} values ({marks})", rows)


def _into_snowflake(server, raw, folder: Path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import snowflake.connector
    tag = {"QUERY_TAG": '{"tenant":"test"}'}
    cursor = snowflake.connector.connect(**server.options(session_parameters=tag)).cursor()
    for statement in ("create database D", f"create schema D.RAW_{TENANT}", "create stage ST"):
        cursor.execute(statement)
    for table, entries in raw.items():
        path = folder / f"{table}.parquet"
        schema = dict.fromkeys(entries[0], pl.String)
        cells = [{name: v if v is None else str(v) for name, v in entry.items()} for entry in entries]
        pl.DataFrame(cells, schema=schema).write_parquet(path)
        cursor.execute(f"create table {table} ({', '.join(f'{name} varchar' for name in schema)})")
        cursor.execute(f"put 'file://{path}' @ST/{table} auto_compress=false")
        how = "file_format=(type=parquet) match_by_column_name=case_insensitive"
        cursor.execute(f"copy into {table} from @ST/{table}/ {how}")
    return cursor


def test_every_model_and_test_passes_twice(built):
    for run in (built.first, built.second):
        assert {uid: result.message for uid, result in run.items() if not result.ok} == {}
        assert {node.unique_id for node in built.nodes()} <= set(run)


def test_rows_are_those_of_duckdb(built):
    different = []
    with duckdb.connect(str(built.file), read_only=True) as connection:
        for node in built.nodes():
            layer, table = node.name
            columns = [row[0] for row in connection.execute(f'describe {layer}."{table}"').fetchall()]
            names = ", ".join(f'"{name}"' for name in columns)
            ours = connection.execute(f'select {names} from {layer}."{table}"').fetchall()
            theirs = built.cursor.execute(
                f"select {names.upper()} from D.{layer}_{TENANT}.{table}"
            ).fetchall()
            if sorted(map(repr, ours)) != sorted(map(repr, theirs)):
                different.append(node.name)
    assert different == []


def test_no_statement_is_untagged(built):
    tags = [json.loads(row["QUERY_TAG"] or "{}") for row in built.history]

    bare = [row for row, tag in zip(built.history, tags, strict=True) if not {"tenant", *TAGS} <= set(tag)]

    assert [row["QUERY_TEXT"][:200] for row in bare] == []
    tables = {(tag.get("layer"), tag.get("table")) for tag in tags}
    assert {node.name for node in built.nodes()} <= tables


def test_what_was_compiled_is_snowflakes_sql(built):
    import sqlglot
    from sqlglot import exp

    for result in built.second.values():
        if result.compiled:
            tree = sqlglot.parse_one(result.compiled, read="snowflake")
            assert not isinstance(tree, exp.Command), result.unique_id
