"""What of a plan an account has already, as far as SHOW tells."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from dagster_ingest.errors import IngestError
from dagster_ingest.land.grants.names import identifier
from dagster_ingest.land.grants.statement import Fact, Plan

Row = Mapping[str, Any]
Ask = Callable[[str], Sequence[Row]]
"""Runs one statement; rows with lower-case names of columns. Raises IngestError."""

_SIZES = {"2XLARGE": "XXLARGE", "3XLARGE": "XXXLARGE"}
_FUTURE = re.compile(r"(.+)\.<.*>$")


def differing(plan: Plan, ask: Ask) -> Plan:
    """The statements that are still due. What could not be looked at is kept, and said in a note."""
    facts: set[Fact] = set()
    notes: dict[str, None] = {}
    for show, read in _questions(plan, facts):
        kind = show.split('"')[0].strip()
        if kind in notes:
            continue
        try:
            rows = ask(show)
        except IngestError as error:
            notes[kind] = None
            facts.add(("blind", kind, error.problem))
            continue
        for row in rows:
            facts.update(read(row))
    due = tuple(s for s in plan.statements if not s.facts or not set(s.facts) <= facts)
    blind = [f"{fact[1]} could not be asked ({fact[2]})" for fact in sorted(facts) if fact[0] == "blind"]
    return replace(plan, statements=due, notes=(*plan.notes, *blind))


def _questions(plan: Plan, known: set[Fact]) -> Iterator[tuple[str, Callable[[Row], Iterator[Fact]]]]:
    """SHOW statements with their readers. Of roles and databases, those that are there, as `known` fills."""
    wanted = {fact for statement in plan.statements for fact in statement.facts}
    for kind, show, read in _SIMPLE:
        if any(fact[0] == kind for fact in wanted):
            yield show, read
    blind = {fact[1] for fact in known if fact[0] == "blind"}
    for database in sorted({fact[1].split(".")[0] for fact in wanted if fact[0] == "schema"}):
        if ("database", database) in known or "show databases" in blind:
            yield f"show schemas in database {identifier(database)}", _schemas
    for role in sorted({fact[1] for fact in wanted if fact[0] == "role"}):
        if ("role", role) in known or "show roles" in blind:
            quoted = identifier(role)
            yield f"show grants to role {quoted}", _grants(role)
            yield f"show future grants to role {quoted}", _future(role)
            yield f"show grants of role {quoted}", _members(role)


def _roles(row: Row) -> Iterator[Fact]:
    yield ("role", str(row["name"]))


def _databases(row: Row) -> Iterator[Fact]:
    yield ("database", str(row["name"]))
    yield ("owner", "DATABASE", str(row["name"]), str(row.get("owner") or ""))


def _schemas(row: Row) -> Iterator[Fact]:
    name = f"{row['database_name']}.{row['name']}"
    yield ("schema", name)
    yield ("owner", "SCHEMA", name, str(row.get("owner") or ""))
    if "MANAGED ACCESS" in str(row.get("options") or "").upper():
        yield ("managed", name)


def _warehouses(row: Row) -> Iterator[Fact]:
    name = str(row["name"])
    yield ("warehouse", name)
    yield ("owner", "WAREHOUSE", name, str(row.get("owner") or ""))
    size = str(row.get("size") or "").upper().replace("-", "").replace(" ", "")
    yield ("setting", name, "SIZE", _SIZES.get(size, size))
    yield ("setting", name, "AUTO_SUSPEND", str(row.get("auto_suspend")))
    yield ("setting", name, "RESOURCE_MONITOR", str(row.get("resource_monitor")))


def _monitors(row: Row) -> Iterator[Fact]:
    name = str(row["name"])
    yield ("monitor", name)
    if row.get("credit_quota") not in (None, ""):
        yield ("quota", name, str(int(float(row["credit_quota"]))), str(row.get("frequency")).upper())


def _policies(row: Row) -> Iterator[Fact]:
    yield ("policy", str(row["name"]))


def _grants(role: str) -> Callable[[Row], Iterator[Fact]]:
    def read(row: Row) -> Iterator[Fact]:
        kind = str(row["granted_on"]).replace("_", " ").upper()
        yield ("grant", str(row["privilege"]).upper(), kind, _plain(row["name"]), role)

    return read


def _future(role: str) -> Callable[[Row], Iterator[Fact]]:
    def read(row: Row) -> Iterator[Fact]:
        if place := _FUTURE.match(_plain(row["name"])):
            kind = str(row["grant_on"]).replace("_", " ").upper()
            yield ("future", str(row["privilege"]).upper(), kind, place[1], role)

    return read


def _members(role: str) -> Callable[[Row], Iterator[Fact]]:
    def read(row: Row) -> Iterator[Fact]:
        yield ("member", role, str(row["granted_to"]).upper(), _plain(row["grantee_name"]))

    return read


def _plain(name: object) -> str:
    return str(name).replace('"', "")


_SIMPLE: tuple[tuple[str, str, Callable[[Row], Iterator[Fact]]], ...] = (
    ("role", "show roles", _roles),
    ("database", "show databases", _databases),
    ("warehouse", "show warehouses", _warehouses),
    ("monitor", "show resource monitors", _monitors),
    ("policy", "show network policies", _policies),
)
