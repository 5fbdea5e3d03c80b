"""Contracts in the shape that others write them: each validates, or says of every rule why not.

The examples are ours, one for each area of the standard. A line that is refused says so at its end
(`# refused: problem // problem`); a document without such lines loads with the rules listed here.
"""

from __future__ import annotations

import json
from collections import Counter
from importlib import util
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft201909Validator

from dagster_ingest.spec.contract import Contract
from dagster_ingest.spec.odcs import read_contract

EXAMPLES = {p.name.removesuffix(".odcs.yaml"): p for p in Path(__file__).with_name("examples").iterdir()}
MARK = "  # refused: "
# What the standard itself forbids, or has forbidden since.
DELIBERATE = (
    "quality_former",
    "quality_library_refused",
    "quality_sql_refused",
    "relationships_refused",
    "sla_refused",
)
LOADS = {
    "around": ["Id|primary_key"],
    "enumeration": ["Code|enum", "Code|primary_key", "Level|enum", "Level|type"],
    "fundamentals": ["VisitId|primary_key", "VisitId|type"],
    "quality_former": ["*|row_count", "Former|duplicate_values", "Former|required"],
    "quality_library": [
        "*|row_count",
        "Id|required",
        "Id|unique",
        "Station|null_values",
        "Station|pattern",
        "Status+Station|duplicate_values",
        "Status|invalid_values",
        "Status|missing_values",
    ],
    "quality_sql": [
        "*|sql:enough",
        "OrderId|primary_key",
        "Placed|sql:some-days",
        "Placed|type",
        "Total|sql:no-negative-totals",
        "Total|type",
    ],
    "relationships": [
        "customer_id+street|foreign_key",
        "customer_id|foreign_key",
        "id|primary_key",
        "id|required",
    ],
    "several_tables": ["agency_id|foreign_key", "id|primary_key", "id|primary_key"],
    "sla": ["Id|primary_key", "SeenOn|freshness", "SeenOn|required", "SeenOn|retention", "SeenOn|type"],
    "team": ["Id|primary_key"],
    "team_former": ["Id|primary_key"],
    "types": [
        "Age|range",
        "Age|type",
        "Amount|decimal",
        "Amount|multiple",
        "Amount|range",
        "Amount|type",
        "Clock|range",
        "Clock|type",
        "Level|type",
        "LoggedAt|type",
        "Mail|format",
        "Meter|length",
        "Meter|pattern",
        "Open|type",
        "ReadAt|range",
        "ReadAt|type",
        "ReadOn|range",
        "ReadOn|type",
        "SentAt|type",
    ],
}


def read(path: Path) -> tuple[list[Contract], Counter[tuple[int | None, str]]]:
    """The contract of each table, and (line, problem) once each."""
    tables = [table["name"] for table in yaml.safe_load(path.read_text()).get("schema") or ()]
    found = [read_contract(path, table=name) for name in (tables if len(tables) > 1 else [None])]
    contracts = [contract for contract, _ in found if contract is not None]
    return contracts, Counter({(p.line, p.problem) for _, problems in found for p in problems})


def marked(path: Path) -> Counter[tuple[int, str]]:
    lines = enumerate(path.read_text().splitlines(), 1)
    return Counter(
        (n, text) for n, line in lines if MARK in line for text in line.split(MARK)[1].split(" // ")
    )


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_every_rule_that_cannot_be_executed_is_refused_at_its_line(name):
    _, problems = read(EXAMPLES[name])

    named = Counter((line, problem.split(": Expected")[0]) for line, problem in problems)
    assert named == marked(EXAMPLES[name])


@pytest.mark.parametrize("name", sorted(LOADS))
def test_the_others_load_with_all_of_their_rules(name):
    contracts, _ = read(EXAMPLES[name])

    assert sorted(rule.id for contract in contracts for rule in contract.rules) == LOADS[name]


def test_every_example_either_loads_or_is_refused():
    refused = {name for name, path in EXAMPLES.items() if marked(path)}

    assert refused | set(LOADS) == set(EXAMPLES)
    assert not refused & set(LOADS)


def test_the_standards_json_schema_accepts_every_example():
    """They are written as the standard says, whatever this software makes of them."""
    folder = Path(util.find_spec("open_data_contract_standard").submodule_search_locations[0])
    schema = Draft201909Validator(json.loads((folder / "schema.json").read_text()))
    wrong = {
        name: [e.message for e in schema.iter_errors(yaml.safe_load(path.read_text()))]
        for name, path in EXAMPLES.items()
        if name not in DELIBERATE
    }

    assert {name: messages for name, messages in wrong.items() if messages} == {}


def test_owners_are_read_from_both_forms_of_a_team():
    (former,), _ = read(EXAMPLES["team_former"])
    (today,), _ = read(EXAMPLES["team"])

    assert (former.owner, today.owner) == ("avery", "avery@harbor.example")
