"""Runs a dbt project of the repository in this process, on small tables given as data.

A parse costs seconds, a run on small tables about one and a half. So: parse once per test session,
keep the manifest as bytes, and hand every invocation a fresh copy (dbt marks nodes as compiled in
the manifest it is given; a second run of the same object would miss its ephemeral models).
"""

from __future__ import annotations

import csv
import io
import json
import os
import time
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

REPOSITORY = Path(__file__).parents[2]

QUIET = (
    "--no-version-check",
    "--no-write-json",
    "--no-use-colors",
    "--quiet",
    "--log-level=none",
    "--log-level-file=none",
)


@dataclass(frozen=True)
class Run:
    """What an invocation did. `failures`: node name to message, empty when all went well."""

    success: bool
    failures: Mapping[str, str]
    seconds: float
    nodes: Mapping[str, float] = field(default_factory=dict)
    compiled: Mapping[str, str] = field(default_factory=dict)


class Project:
    """One dbt project, parsed once. `home` takes its target and log folders."""

    def __init__(self, folder: Path, home: Path) -> None:
        os.environ["DO_NOT_TRACK"] = "1"
        self.folder, self.home = folder, home
        result = self._invoke(["parse"], manifest=None)
        if not result.success:
            raise AssertionError(f"{folder.name} does not parse: {result.exception}")
        self._manifest = result.result.to_msgpack()

    def run(
        self,
        database: Path,
        variables: Mapping[str, Any],
        *,
        command: str = "build",
        select: Sequence[str] = (),
    ) -> Run:
        """`dbt build` (or run, test) on a DuckDB file. The file is closed when this returns."""
        os.environ["DAGSTER_INGEST_DUCKDB"] = str(database)
        arguments = [command, "--vars", json.dumps(variables)]
        if select:
            arguments += ["--select", *select]
        started = time.perf_counter()
        result = self._invoke(arguments, manifest=self._manifest)
        return _summary(result, time.perf_counter() - started)

    def render(self, template: str, variables: Mapping[str, Any] | None = None) -> str:
        """What a piece of SQL with macros compiles to."""
        os.environ["DAGSTER_INGEST_DUCKDB"] = ":memory:"
        variables = {"tenant": "acme", "state": "IA", "systems": [], **(variables or {})}
        arguments = ["compile", "--inline", template, "--vars", json.dumps(variables)]
        result = self._invoke(arguments, manifest=self._manifest)
        if not result.success:
            raise AssertionError(f"does not compile: {result.exception}")
        return result.result.results[0].node.compiled_code

    def manifest(self) -> dict[str, Any]:
        """The parsed manifest as dbt writes it."""
        from dbt.contracts.graph.manifest import Manifest

        return Manifest.from_msgpack(self._manifest).writable_manifest().to_dict(omit_none=False)

    def _invoke(self, command: list[str], manifest: bytes | None):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # dbt's own imports
            from dbt.adapters.duckdb.connections import DuckDBConnectionManager
            from dbt.cli.main import dbtRunner
            from dbt.contracts.graph.manifest import Manifest

            runner = dbtRunner(manifest=Manifest.from_msgpack(manifest) if manifest else None)
            folders = ["--project-dir", self.folder, "--profiles-dir", self.folder]
            written = ["--target-path", self.home / "target", "--log-path", self.home / "logs"]
            try:
                return runner.invoke([*command, *map(str, folders + written), *QUIET])
            finally:
                DuckDBConnectionManager.close_all_connections()


def _summary(result, seconds: float) -> Run:
    outcomes = getattr(result.result, "results", [])
    failures = {
        o.node.name: str(o.message or o.status) for o in outcomes if o.status not in ("success", "pass")
    }
    if result.exception is not None:
        failures["dbt"] = str(result.exception)
    return Run(
        success=result.success,
        failures=failures,
        seconds=seconds,
        nodes={o.node.name: o.execution_time for o in outcomes},
        compiled={o.node.name: getattr(o.node, "compiled_code", None) or "" for o in outcomes},
    )


class Warehouse:
    """A tenant's DuckDB file with raw tables that follow the raw conventions."""

    def __init__(self, path: Path, project: Project, tenant: str = "acme") -> None:
        self.path, self.project, self.tenant = path, project, tenant

    def land(
        self,
        table: str,
        rows: str | Iterable[Mapping[str, Any]],
        *,
        state: str = "IA",
        load_id: str = "20260101T000000-000000",
    ) -> None:
        """Replace one state of `raw.<table>`. Rows are dicts, or CSV text; every value lands as text."""
        records = (
            list(csv.DictReader(io.StringIO(rows))) if isinstance(rows, str) else [dict(r) for r in rows]
        )
        columns = list(dict.fromkeys(name for record in records for name in record))
        with duckdb.connect(str(self.path)) as connection:
            connection.execute("create schema if not exists raw")
            connection.execute(
                f'create table if not exists raw."{table}" ('
                "_tenant varchar, _state varchar, _load_id varchar, _loaded_at timestamp,"
                " _source_uri varchar, _row_number bigint, _row_hash ubigint)"
            )
            for name in columns:
                connection.execute(f'alter table raw."{table}" add column if not exists "{name}" varchar')
            connection.execute(f'delete from raw."{table}" where _state = ?', [state])
            for number, record in enumerate(records, 1):
                values = {name: None if v is None else str(v) for name, v in record.items()}
                values |= {"_tenant": self.tenant, "_state": state, "_load_id": load_id}
                values |= {"_loaded_at": "2026-01-01 00:00:00", "_source_uri": "test.csv"}
                values |= {"_row_number": number, "_row_hash": number}
                names = ", ".join(f'"{name}"' for name in values)
                marks = ", ".join("?" * len(values))
                connection.execute(
                    f'insert into raw."{table}" ({names}) values ({marks})', list(values.values())
                )

    def build(
        self,
        *,
        systems: Sequence[str],
        state: str = "IA",
        sources: Mapping[str, Sequence[str]] | None = None,
        select: Sequence[str] | None = None,
        command: str = "build",
        check: bool = True,
        **choices: Any,
    ) -> Run:
        """Build the state. `choices`: privacy, adapt, locales, as_of. Fails the test when dbt fails.

        `command`: build (models and tests), run (models only), test.
        """
        variables = {
            "tenant": self.tenant,
            "state": state,
            "systems": list(systems),
            "sources": {s: list((sources or {}).get(s, [s])) for s in systems},
            **choices,
        }
        if select is None:
            select = [*(f"tag:system:{system}" for system in systems), "tag:hsds"]
        run = self.project.run(self.path, variables, command=command, select=select)
        if check:
            assert run.success, "\n".join(f"{name}: {text}" for name, text in run.failures.items())
        return run

    def rows(self, table: str, *, schema: str = "elt", state: str | None = None) -> list[dict[str, Any]]:
        """All rows of a table, filled columns only, in the order of their source ids."""
        with duckdb.connect(str(self.path), read_only=True) as connection:
            where = "where _state = ?" if state else ""
            cursor = connection.execute(
                f'select * from {schema}."{table}" {where} order by all', [state] if state else []
            )
            names = [column[0] for column in cursor.description]
            records = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        filled = [{n: v for n, v in record.items() if v is not None} for record in records]
        return sorted(filled, key=lambda r: tuple(str(r.get(k)) for k in ("_source_table", "_source_id")))

    def tables(self, schema: str = "elt") -> dict[str, list[dict[str, Any]]]:
        """All HSDS tables of a schema."""
        with duckdb.connect(str(self.path), read_only=True) as connection:
            names = connection.execute(
                "select table_name from information_schema.columns"
                " where table_schema = ? and column_name = 'id'",
                [schema],
            ).fetchall()
        return {name: self.rows(name, schema=schema) for (name,) in names if "__" not in name}
