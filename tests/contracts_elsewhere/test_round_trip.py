"""Our contracts through datacontract-cli: linted, exported, imported back and compiled again.

What a format has no place for may get lost on the way; what it carries must come back as the same rule.
Contracts that a tenant's merge patch changed go through as the whole documents that they amount to.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from dagster_ingest.spec.contract import Contract
from dagster_ingest.spec.merge import merge
from dagster_ingest.spec.odcs import read_contract
from tests.contracts_elsewhere.conftest import ROOT

pytestmark = pytest.mark.datacontract

WHOLE = {
    "/".join((path.parts[-3], path.name.removesuffix(".odcs.yaml"))): path
    for folder in ("dagster_ingest/systems", "tenants")
    for path in sorted((ROOT / folder).glob("*/contracts/*.odcs.yaml"))
}
PATCHES = {
    "/".join((path.parts[-3], path.name.removesuffix(".yaml"))): path
    for path in sorted((ROOT / "tenants").glob("*/contracts/*.patch.yaml"))
}
NAMES = [*WHOLE, *PATCHES]
FORMATS = ("odcs", "jsonschema", "sql", "excel")
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# The formats know no severity, so a warning comes back as an error: stricter, never looser.
CARRIED = {
    "jsonschema": ("required", "type", "enum", "range", "length"),
    "sql": ("required", "primary_key", "type"),
}


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("merged")
    found = dict(WHOLE)
    for name, patch in PATCHES.items():
        found[name] = folder / f"{name.replace('/', '-')}.odcs.yaml"
        found[name].write_text(yaml.safe_dump(merged(patch), sort_keys=False))
    return found


@pytest.fixture(scope="module")
def answers(ask_datacontract, files, tmp_path_factory):
    return ask_datacontract(files, FORMATS, tmp_path_factory.mktemp("back"))


def merged(patch: Path) -> dict[str, Any]:
    document = yaml.safe_load(patch.read_text())
    base = WHOLE[document.pop("patch")["of"]]
    result = merge(yaml.safe_load(base.read_text()), document)
    assert not result.faults
    return result.data


def ours(path: Path) -> Contract:
    contract, problems = read_contract(path)
    assert contract is not None, problems
    return contract


def shape(contract: Contract) -> list[tuple[str, str, bool]]:
    return [(column.field, column.type, column.required) for column in contract.columns]


def carried(contract: Contract, form: str) -> dict[str, dict]:
    """Rules by id. A metric that asks for a value is a `required` rule too, but no form carries metrics."""
    asked = {column.field for column in contract.columns if column.required}
    return {
        rule.id: rule.params
        for rule in contract.rules
        if rule.kind in CARRIED[form] and (rule.kind != "required" or asked.issuperset(rule.columns))
    }


@pytest.mark.parametrize("name", NAMES)
def test_lint_accepts_the_contract(answers, name):
    assert answers[name]["lint"] == []


@pytest.mark.parametrize("name", NAMES)
def test_odcs_comes_back_with_the_same_verdict(answers, files, name):
    before = ours(files[name])

    back, problems = read_contract(answers[name]["odcs"]["file"])

    assert problems == []
    assert back.checksum == before.checksum
    assert (back.version, back.keys, back.owner) == (before.version, before.keys, before.owner)
    assert [(r.id, r.dimension, r.description) for r in back.rules] == [
        (r.id, r.dimension, r.description) for r in before.rules
    ]


@pytest.mark.parametrize("name", NAMES)
def test_json_schema_brings_back_columns_and_the_rules_of_one_cell(answers, files, name):
    before = ours(files[name])

    back, problems = read_contract(answers[name]["jsonschema"]["file"])

    assert problems == []
    assert shape(back) == shape(before)
    assert carried(back, "jsonschema") == carried(before, "jsonschema")


@pytest.mark.parametrize("name", NAMES)
def test_sql_brings_back_columns_types_and_the_key(answers, files, name):
    before = ours(files[name])
    if not all(IDENTIFIER.fullmatch(column.name) for column in before.columns):
        assert "Error parsing SQL" in answers[name]["sql"]["error"]  # it exports such headings unquoted
        return

    back, problems = read_contract(without_labels(Path(answers[name]["sql"]["file"])))

    assert problems == []
    assert shape(back) == shape(before)
    assert back.keys == before.keys
    assert carried(back, "sql") == carried(before, "sql")


def without_labels(path: Path) -> Path:
    """Without the properties `precision` and `scale`, labels of its own that the import adds."""
    document = yaml.safe_load(path.read_text())
    for column in document["schema"][0]["properties"]:
        labels = [item["property"] for item in column.pop("customProperties", [])]
        assert set(labels) <= {"precision", "scale"}
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    return path


@pytest.mark.parametrize("name", NAMES)
def test_excel_cannot_hold_a_rule_of_our_own_and_the_loss_is_refused(answers, name):
    """A cell holds its implementation as text. Nothing else of a workbook is objected to."""
    contract, problems = read_contract(answers[name]["excel"]["file"])

    assert contract is None
    assert [problem.problem.partition(' "')[0] for problem in problems] == ["there is no rule"]
