"""From deviations to a patch file that validate accepts, new or beside what a person wrote."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from dagster_ingest.errors import SpecError
from dagster_ingest.evolution.intopatch import merged_text
from dagster_ingest.evolution.propose import Proposal, Seen, effective, fragment, new_file, propose
from dagster_ingest.spec.contract import Contract
from dagster_ingest.spec.odcs import read_contract
from dagster_ingest.spec.patch import apply_patch
from dagster_ingest.spec.yamlfile import YamlFile
from dagster_ingest.validate.drift import Deviation, Drift

CONTRACT = """\
kind: DataContract
apiVersion: v3.1.0
id: vendor-thing
version: 1.4.0
status: active
schema:
  - name: thing
    properties:
      - {name: ID, required: true, primaryKey: true, enum: [{value: "1"}]}
      - {name: KIND, enum: [{value: food, description: Food}, {value: rent}]}
      - name: STATUS
        quality:
          - {metric: invalidValues, arguments: {validValues: [open, closed]}, mustBe: 0}
      - {name: SECRET, classification: private, enum: [{value: a}]}
      - {name: WHEN, logicalType: date, logicalTypeOptions: {minimum: "2000-01-01"}}
"""
PATCH = """\
# Kept by hand.
patch: {version: 1.2.0, of: vendor/thing, major: 1, why: fees}   # the header
schema:
  thing:
    properties:
      # why this is here
      WHEN:
        description: The day.   # a comment at the end

      WALK_IN: {logicalType: boolean}
    quality:
      rowCount: {metric: rowCount, mustBeGreaterOrEqualTo: 1}   # last
"""


@pytest.fixture
def contract(tmp_path: Path) -> Contract:
    path = tmp_path / "thing.odcs.yaml"
    path.write_text(CONTRACT)
    found, problems = read_contract(path)
    assert not problems
    return found


def deviation(kind: str, column: str, patch=None, severity="warn") -> Deviation:
    return Deviation(kind, severity, column, "this", f"that of {column}", "do it", column, patch)


ADDED = deviation("column_added", "Opening Hours", {"logicalType": "string", "classification": "private"})
ENUM = deviation("enum", "KIND", {"enum": ["legal", "yes", "1"]})
STATUS = deviation("enum", "STATUS", {"enum": ["paused"]})
TYPE = deviation("type", "WHEN", {"logicalType": "string"})
NULLS = deviation("null_share", "KIND")


def proposed(contract: Contract, *deviations: Deviation, document=None) -> Proposal:
    seen = [Seen("FL", "load-1", "committed", Drift(deviations=tuple(deviations)))]
    return propose(contract, document or yaml.safe_load(CONTRACT), seen)


def applied(contract: Contract, text: str, tmp_path: Path) -> Contract:
    path = tmp_path / "thing.patch.yaml"
    path.write_text(text)
    found, problems = apply_patch(
        YamlFile(contract.file), YamlFile(path), of="vendor/thing", major=1, tenant="t"
    )
    assert not problems, "\n".join(map(str, problems))
    return found


def test_a_new_patch_is_accepted_and_says_what_was_seen(contract, tmp_path):
    proposal = proposed(contract, ADDED, ENUM, STATUS, TYPE, NULLS)
    text = new_file(proposal, table="thing", of="vendor/thing", major=1, schema="../x.json")

    patched = applied(contract, text, tmp_path)

    rules = {rule.id: rule.params for rule in patched.rules}
    assert rules["KIND|enum"]["values"] == ["food", "rent", "legal", "yes", "1"]
    assert rules["STATUS|enum"]["values"] == ["open", "closed", "paused"]
    assert patched.column("Opening_Hours").private
    assert patched.column("WHEN").type == "string"
    assert "WHEN|range" not in rules
    assert text.startswith("# yaml-language-server: $schema=../x.json\n")
    assert "# column_added: that of Opening Hours (FL, load load-1, committed)" in text
    assert "# - KIND: null_share: that of KIND" in text


def test_states_add_up(contract):
    seen = [
        Seen("FL", "1", "blocked", Drift(deviations=(ENUM,))),
        Seen(
            "AL",
            "2",
            "committed",
            Drift(deviations=(deviation("enum", "KIND", {"enum": ["care", "legal"]}),)),
        ),
    ]
    proposal = propose(contract, yaml.safe_load(CONTRACT), seen)

    values = [entry["value"] for entry in proposal.changes["KIND"]["enum"]]
    assert values == ["food", "rent", "legal", "yes", "1", "care"]
    assert len(proposal.notes["KIND"]) == 2


def test_keys_are_never_loosened_and_private_values_never_written(contract):
    key, secret = deviation("enum", "ID", {"enum": ["9"]}), deviation("enum", "SECRET", {"enum": ["Ada"]})

    proposal = proposed(contract, key, secret)

    assert not proposal
    assert len(proposal.rest) == 2
    assert "Ada" not in "".join(proposal.rest)


def test_what_is_in_the_patch_already_is_built_upon(contract):
    document = effective(
        yaml.safe_load(CONTRACT),
        {"patch": {}, "schema": {"thing": {"properties": {"KIND": {"enum": [{"value": "x"}]}}}}},
    )

    proposal = proposed(contract, ENUM, document=document)

    assert [e["value"] for e in proposal.changes["KIND"]["enum"]] == ["x", "legal", "yes", "1"]


def test_a_patch_that_is_there_keeps_every_line_and_gains_some(contract, tmp_path):
    proposal = proposed(contract, ADDED, ENUM, TYPE)

    text = merged_text(PATCH, proposal, table="thing", where="p")

    before = [line for line in PATCH.splitlines() if "version: 1.2.0" not in line]
    kept = [line for line in text.splitlines() if line in before]
    assert kept == before
    assert "version: 1.3.0, of: vendor/thing" in text
    patched = applied(contract, text, tmp_path)
    assert patched.column("WALK_IN").type == "boolean"
    assert patched.column("WHEN").description == "The day."
    assert patched.column("WHEN").type == "string"
    assert merged_text(text, proposal, table="thing", where="p") == text


@pytest.mark.parametrize(
    "body",
    [
        "schema: {thing: {properties: {WHEN: {description: The day.}}}}\n",
        "schema:\n  thing:\n    properties:\n      KIND: {enum: [{value: x}]}\n",
        "schema:\n  thing:\n    properties: {}\n",
    ],
)
def test_a_patch_that_cannot_be_added_to_is_left_to_a_person(contract, body):
    text = "patch: {version: 1.0.0, of: vendor/thing, major: 1, why: w}\n" + body

    with pytest.raises(SpecError, match="merge by hand"):
        merged_text(text, proposed(contract, ADDED, ENUM), table="thing", where="p")


def test_a_patch_of_other_things_gains_a_schema(contract, tmp_path):
    text = "patch: {version: 1.0.0, of: vendor/thing, major: 1, why: w}\ndescription: {purpose: p}\n"

    patched = applied(
        contract, merged_text(text, proposed(contract, ADDED), table="thing", where="p"), tmp_path
    )

    assert patched.column("Opening_Hours") is not None


def test_a_contract_of_ones_own_gets_properties_to_copy(contract):
    text = fragment(proposed(contract, ADDED, STATUS, TYPE), "thing")

    found = yaml.safe_load(text)
    assert found[0] == {"name": "Opening Hours", "logicalType": "string", "classification": "private"}
    assert found[1]["quality"][0]["arguments"] == {"validValues": ["open", "closed", "paused"]}
    assert "# and take out: logicalTypeOptions" in text


@pytest.mark.parametrize(
    "heading",
    [
        "yes",
        "1",
        "1e5",
        "0o7",
        "12:30",
        "a\nb",
        "a: b",
        "# x",
        "- y",
        "é\u2028z",
        "null",
        "{x}",
        "'q\"",
        "*a",
        "a\tb",
    ],
)
def test_headings_that_yaml_would_read_as_something_else_are_quoted(contract, heading):
    added = deviation("column_added", heading, {"logicalType": "string"})

    text = new_file(proposed(contract, added), table="thing", of="vendor/thing", major=1)

    assert list(yaml.safe_load(text)["schema"]["thing"]["properties"]) == [heading]
