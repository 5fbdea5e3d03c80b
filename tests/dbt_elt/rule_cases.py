"""Rules of a system as data: raw rows in, rows of the HSDS tables out.

A file holds rules that share the tenant's choices, so one build answers for all of them:

    choices: {privacy: {publish_contacts: true}}
    rules:
      - rule: what must hold, in a sentence
        raw: {organization: [{ID: 1}]}
        expect: {organization: [{id: "@organization/{1}", name: Name}]}

Ids are small numbers. Each rule's ids are moved to a range of its own, in the id columns of the raw
rows and wherever an expectation says `{1}`. `@table/id` stands for the HSDS id of that record. For each
entity that `expect` names, the rule's rows must be these and no others; a row is compared in the
columns that the expectation gives (null: not filled), in any order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from dagster_ingest import naming
from tests.dbt_elt.harness import Project, Warehouse

Row = dict[str, Any]
TENANT = "acme"


@dataclass(frozen=True)
class Shape:
    """How a system's raw rows are written. `defaults`: what a row holds unless it says otherwise."""

    system: str
    ids: frozenset[str]
    defaults: Mapping[str, Row]
    companions: bool
    """Nested values land as a Python literal with a `<COLUMN>_json` beside it, else as JSON text."""
    namespace: str = ""
    """The system in ids, where that is another one's."""


@dataclass(frozen=True)
class Rule:
    number: int
    sentence: str
    raw: Mapping[str, list[Row]]
    expect: Mapping[str, list[Row]]

    def id(self, small: int) -> str:
        return f"{self.number}{small:03d}"


@dataclass
class RuleFile:
    shape: Shape
    choices: Mapping[str, Any]
    rules: list[Rule]

    def rows(self) -> dict[str, list[Row]]:
        """Raw rows of all rules, by table."""
        landed: dict[str, list[Row]] = {table: [] for table in self.shape.defaults}
        for rule in self.rules:
            for table, rows in rule.raw.items():
                landed[table] += [_landed(self.shape, rule, self.shape.defaults[table] | row) for row in rows]
        return landed


def load(path: Path, shape: Shape) -> RuleFile:
    document = yaml.safe_load(path.read_text())
    rules = [
        Rule(number, body["rule"], body.get("raw") or {}, body["expect"])
        for number, body in enumerate(document["rules"], 10)
    ]
    return RuleFile(shape, document.get("choices") or {}, rules)


def load_all(shape: Shape) -> dict[str, RuleFile]:
    """The rule files of the shape's system, by name."""
    folder = Path(__file__).with_name(f"{shape.system}_rules")
    return {path.stem: load(path, shape) for path in sorted(folder.glob("*.yaml"))}


def cases(files: Mapping[str, RuleFile]) -> list[Any]:
    """(file, rule) of every rule, for parametrize."""
    return [
        pytest.param(name, rule, id=f"{name}: {rule.sentence}")
        for name, file in files.items()
        for rule in file.rules
    ]


def needed(system: str, entities: Iterable[str]) -> list[str]:
    """Selects the tables of `entities` and what they are made from, of one system."""
    tags = (f"tag:system:{system}", "tag:hsds")
    return [f"{tag},+{entity}" for entity in sorted(entities) for tag in tags]


class Builds:
    """One warehouse for each rule file, built when first asked for."""

    def __init__(self, files: Mapping[str, RuleFile], project: Project, folder: Path, state: str) -> None:
        self.files, self.project, self.folder, self.state = files, project, folder, state
        self._done: dict[str, Warehouse] = {}

    def check(self, name: str, rule: Rule) -> None:
        """Fail unless the tables hold exactly what the rule of file `name` expects."""
        warehouse = self._warehouse(name)
        for entity in rule.expect:
            missing, unexpected = difference(rule, self.files[name].shape, entity, warehouse.rows(entity))
            assert not missing, f"{entity}: not there: {missing}; there is: {unexpected}"
            assert not unexpected, f"{entity}: nobody expects {unexpected}"

    def _warehouse(self, name: str) -> Warehouse:
        if name not in self._done:
            file = self.files[name]
            system = file.shape.system
            self._done[name] = warehouse = Warehouse(self.folder / f"{name}.duckdb", self.project)
            for table, rows in file.rows().items():
                warehouse.land(f"{system}_{table}", rows, state=self.state)
            # Every model and the tests once, on the largest file.
            whole = name == "public"
            select = None if whole else needed(system, {e for rule in file.rules for e in rule.expect})
            command = "build" if whole else "run"
            warehouse.build(
                systems=[system], state=self.state, command=command, select=select, **file.choices
            )
        return self._done[name]


def _landed(shape: Shape, rule: Rule, row: Row) -> Row:
    cells: Row = {}
    for column, value in row.items():
        if isinstance(value, list | dict):
            moved = _moved(shape, rule, value)
            text = json.dumps(moved)
            cells[column] = repr(moved) if shape.companions else text
            if shape.companions:
                cells[f"{column}_json"] = text
        elif isinstance(value, int) and not isinstance(value, bool) and column in shape.ids:
            cells[column] = rule.id(value)
        else:
            cells[column] = value
    return cells


def _moved(shape: Shape, rule: Rule, value: Any) -> Any:
    if isinstance(value, list):
        return [_moved(shape, rule, item) for item in value]
    if isinstance(value, dict):
        return {
            key: int(rule.id(item))
            if isinstance(item, int) and key in shape.ids
            else _moved(shape, rule, item)
            for key, item in value.items()
        }
    return value


def difference(rule: Rule, shape: Shape, entity: str, rows: list[Row]) -> tuple[list[Row], list[Row]]:
    """(expected rows that are not there, rows that nobody expects)."""
    left = [row for row in rows if _belongs(rule, row)]
    missing: list[Row] = []
    for wanted in rule.expect[entity]:
        values = {column: _expected(rule, shape, value) for column, value in wanted.items()}
        match = next((row for row in left if all(_text(row.get(c)) == v for c, v in values.items())), None)
        if match is None:
            missing.append(values)
        else:
            left.remove(match)
    return missing, left


def _belongs(rule: Rule, row: Row) -> bool:
    found = re.search(r"(?<!\d)(\d\d)\d{3}(?!\d)", row["_source_id"])
    return found is not None and int(found[1]) == rule.number


def _expected(rule: Rule, shape: Shape, value: Any) -> str | None:
    if not isinstance(value, str):
        return _text(value)
    text = re.sub(r"\{(\d+)\}", lambda found: rule.id(int(found[1])), value)
    if text.startswith("@"):
        table, _, source_id = text[1:].partition("/")
        return naming.hsds_id(TENANT, shape.namespace or shape.system, table, source_id)
    return text


def _text(value: Any) -> str | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(float(value))
    return None if value is None else str(value)


def elt_text(database: Path) -> str:
    """Every value of every table of schema elt, as one text."""
    import duckdb

    with duckdb.connect(str(database), read_only=True) as connection:
        tables = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'elt'"
        ).fetchall()
        assert tables, "nothing was built"
        found = [connection.execute(f'select * from elt."{name}"').fetchall() for (name,) in tables]
    return "\n".join(str(value) for rows in found for row in rows for value in row if value is not None)


def register(system: str) -> set[str]:
    """All columns that the system's never-publish register names."""
    path = Path(__file__).parents[2] / "dagster_ingest" / "systems" / system / "system.yaml"
    classes = yaml.safe_load(path.read_text())["register"]
    return {column for body in classes.values() for column in body["columns"]}


def reads(project: Project, system: str) -> dict[str, set[str]]:
    """Entity to the raw tables that `<system>__<entity>` reads, directly or through other models."""
    from dbt.contracts.graph.manifest import Manifest

    nodes = Manifest.from_msgpack(project._manifest).nodes

    def tables(name: str) -> set[str]:
        if name.startswith("source."):
            return {name.rpartition(".")[2]}
        return set().union(*map(tables, nodes[name].depends_on.nodes))

    prefix = f"model.dbt_elt.{system}__"
    return {name.removeprefix(prefix): tables(name) for name in nodes if name.startswith(prefix)}
