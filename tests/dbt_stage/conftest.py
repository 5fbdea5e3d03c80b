"""dbt_stage on hand-made elt rows: parsed once, then built for one tenant and state at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_ingest.hsds import entities
from dagster_ingest.transform.project import DbtProject
from dagster_ingest.transform.run import NodeResult, build, parse

FOLDER = Path(__file__).parents[2] / "dbt_stage"
TYPES = {"number": "double", "date": "date", "datetime": "timestamp"}
OWN = {"translation": ("translation_id", "entity", "id", "field", "locale", "text")}  # not of the standard
LOAD = ("_tenant", "_state", "_system", "_source_table", "_source_id", "_load_id")

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass
class Stage:
    """One tenant's file. `load` makes elt rows, `build` runs dbt, `rows` reads what it made."""

    project: DbtProject
    nodes: Mapping[str, Any]
    database: Path

    def load(self, rows: Rows, state: str = "IA") -> None:
        """Replace the elt rows of `state`. A row without `_source_id` has its id for it."""
        with duckdb.connect(str(self.database)) as connection:
            connection.execute("create schema if not exists elt")
            for name in self.sources():
                self._table(connection, name, rows.get(name, ()), state)

    def build(
        self,
        adapt: Mapping[str, Any] | None = None,
        *,
        state: str = "IA",
        only: Sequence[str] | None = None,
        models: bool = True,
        tests: bool = True,
    ) -> dict[str, NodeResult]:
        """Build the models (all, or `only` those) and run their tests, or one of both.

        Results by name of model or test.
        """
        variables = {"tenant": "sample", "state": state, "systems": ["sample"], "adapt": dict(adapt or {})}
        variables["locales"] = ["en", "es"]
        results = build(self.project, self._select(only, models, tests), variables, self.database)
        return {result.unique_id.split(".")[2]: result for result in results}

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def sources(self) -> list[str]:
        return [name for name in self.models() if name in entities() or name in OWN]

    def models(self) -> list[str]:
        return [n["name"] for n in self.nodes.values() if n["resource_type"] == "model"]

    def _select(self, only: Sequence[str] | None, models: bool, tests: bool) -> list[str]:
        named = {f"model.dbt_stage.{name}" for name in only or self.models()}
        attached = {uid for uid, node in self.nodes.items() if node.get("attached_node") in named}
        return sorted((named if models else set()) | (attached if tests else set()))

    def _table(self, connection, name: str, rows, state: str) -> None:
        columns = [(column, "varchar") for column in OWN.get(name, ())]
        if name in entities():
            columns = [(f.name, TYPES.get(f.type, "varchar")) for f in entities()[name].fields]
        columns += [(column, "varchar") for column in LOAD]
        spelled = ", ".join(f'"{n}" {t}' for n, t in columns)
        connection.execute(f"create table if not exists elt.{name} ({spelled})")
        connection.execute(f"delete from elt.{name} where _state = ?", [state])
        for row in rows:
            full = {
                "_tenant": "sample",
                "_state": state,
                "_system": "sample",
                "_source_table": name,
                "_source_id": row["id"],
                "_load_id": "load",
                **row,
            }
            names = ", ".join(f'"{n}"' for n in full)
            marks = ", ".join("?" for _ in full)
            connection.execute(f"insert into elt.{name} ({names}) values ({marks})", list(full.values()))


@pytest.fixture(scope="session")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> tuple[DbtProject, Mapping[str, Any]]:
    project = DbtProject("dbt_stage", FOLDER, "duckdb", tmp_path_factory.mktemp("dbt") / "parsed")
    parse(project, project.cache)
    return project, json.loads(project.manifest_path.read_text())["nodes"]


@pytest.fixture(scope="session")
def stages(parsed, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Stage]:
    """Makes stages, each with a file of its own."""
    project, nodes = parsed
    return lambda: Stage(project, nodes, tmp_path_factory.mktemp("stage") / "memory.duckdb")


@pytest.fixture
def stage(stages) -> Stage:
    return stages()
