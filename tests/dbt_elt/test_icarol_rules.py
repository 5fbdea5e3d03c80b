"""iCarol's rules, each a case written as data under icarol_rules/.

Cases with the same choices share one dbt run: their ids are told apart by a prefix.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import pytest
import yaml

from tests.dbt_elt.rule_cases import needed

KINDS = {"agency": "Agency", "program": "Program", "site": "Site", "link": "ProgramAtSite"}
LINKS = {"of": "ParentAgencyNum", "program": "ConnectsToProgramNum", "site": "ConnectsToSiteNum"}
ORIGIN = ("_source_table", "_source_id")


def load_rules() -> list[dict]:
    found = []
    for file in sorted(Path(__file__).with_name("icarol_rules").glob("*.yaml")):
        for case in yaml.safe_load(file.read_text()):
            found.append({**case, "file": file.stem, "prefix": f"r{len(found)}-"})
    return found


RULES = load_rules()


def export_row(short: dict, prefix: str) -> dict[str, str]:
    """A row as the vendor writes it: `{link: L1, program: P1, site: S1, ...}` spelled out."""
    fields = dict(short)
    kind = next(kind for kind in ("link", "agency", "program", "site") if kind in fields)
    number = prefix + fields.pop(kind)
    row = {"ResourceAgencyNum": number, "TaxonomyLevelName": KINDS[kind], "AgencyStatus": "Active"}
    row["PublicName"] = f"The {kind}"
    if kind == "agency":
        row["ParentAgencyNum"] = number
    for name, column in LINKS.items():
        if name in fields:
            row[column] = prefix + fields.pop(name)
    return row | fields


def looked_at(case: dict) -> set[str]:
    """The tables that a case names."""
    return {*case.get("expect", ()), *case.get("shared", ()), *case.get("distinct_ids", ())}


@pytest.fixture(scope="module")
def published(dbt_elt, tmp_path_factory, new_warehouse):
    """Choices (as JSON) to what a run with them publishes: table to rows."""
    groups: dict[str, list[dict]] = defaultdict(list)
    for case in RULES:
        groups[json.dumps(case.get("choices", {}), sort_keys=True)].append(case)
    done: dict[str, dict[str, list[dict]]] = {}

    def build(case: dict) -> dict[str, list[dict]]:
        key = json.dumps(case.get("choices", {}), sort_keys=True)
        if key not in done:
            warehouse = new_warehouse(tmp_path_factory.mktemp("rules"))
            rows = [export_row(row, c["prefix"]) for c in groups[key] for row in c["rows"]]
            warehouse.land("icarol_resource", rows)
            whole = key == "{}"  # every model and the tests once, on the largest group
            select = None if whole else needed("icarol", set().union(*map(looked_at, groups[key])))
            command = "build" if whole else "run"
            warehouse.build(systems=["icarol"], command=command, select=select, **json.loads(key))
            done[key] = warehouse.tables()
        return done[key]

    return build


@pytest.mark.parametrize("case", RULES, ids=lambda case: f"{case['file']}: {case['rule']}")
def test_rule(published, case):
    tables = published(case)
    own = (rows for table, rows in tables.items() if table != "translation")  # its `id` is another row's
    names = {row["id"]: source_name(row) for rows in own for row in rows}

    for table, expected in case.get("expect", {}).items():
        mine = [row for row in tables[table] if case["prefix"] in row["_source_id"]]
        found = {plain(source_name(row), case): row for row in mine}
        if "only" in case:
            found = {name: row for name, row in found.items() if name.split(":")[0] in case["only"]}
        assert sorted(found) == sorted(expected), table
        assert_rows(table, found, expected, names, case)
    for table, expected in case.get("shared", {}).items():
        found = {source_name(row): row for row in tables[table]}
        assert_rows(table, found, expected, names, case)
    if "distinct_ids" in case:
        ids = [r["id"] for t in case["distinct_ids"] for r in tables[t] if case["prefix"] in r["_source_id"]]
        assert len(set(ids)) == len(ids) == len(case["distinct_ids"])


def assert_rows(table, found, expected, names, case):
    for name, columns in expected.items():
        shown = {column: show(found[name].get(column), names, case) for column in columns}
        assert shown == columns, f"{table} {name}"


def show(value, names, case):
    """A value as the rules write it: ids by their source, the case's prefix taken off."""
    return plain(names.get(value, value), case) if isinstance(value, str) else value


def source_name(row: dict) -> str:
    table, number = (row[column] for column in ORIGIN)
    return number if ":" in number else f"{table}:{number}"


def plain(text: str, case: dict) -> str:
    return text.replace(case["prefix"], "")
