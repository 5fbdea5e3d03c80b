"""Merge patches: what they change, what they may not, and whose line a problem is at."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_ingest.spec.merge import merge
from dagster_ingest.spec.patch import rule_positions
from tests.spec.conftest import Project
from tests.spec.versions_project import PATCH, V1, table, tenant, vendor

OPTIONS = "{patch: contracts/thing.patch.yaml}"
HEADER = PATCH.split("schema:")[0]
BODY = HEADER + "schema:\n  thing:\n"
PROPERTY = BODY + "    properties:\n      "


def patched(project: Project, text: str, options: str = OPTIONS):
    vendor(project)
    tenant(project, options, thing_patch=text)
    return table(project).contract


def refused(project: Project, text: str, options: str = OPTIONS):
    vendor(project)
    tenant(project, options, thing_patch=text)
    errors = project.load().errors
    assert errors
    return errors


def test_a_patch_changes_what_it_names_and_inherits_the_rest(project: Project) -> None:
    vendor(project)
    tenant(project, name="base")
    tenant(project, OPTIONS, thing_patch=PATCH)

    base, contract = table(project, "base").contract, table(project).contract

    assert {r.id for r in base.rules} - {r.id for r in contract.rules} == {"FEES|required"}
    assert [r for r in base.rules if r.id != "FEES|required"] == list(contract.rules)
    assert [c.name for c in contract.columns if c.private] == ["STAFF", "TAX_ID"]


def test_a_patched_contract_says_what_it_is(project: Project) -> None:
    contract = patched(project, PATCH)

    assert contract.version == "1.4.0+alpha.1.0.0"
    assert contract.patched == ("FEES.required: true -> false",)
    assert contract.patch == str(project.root / "tenants/alpha/contracts/thing.patch.yaml")
    assert contract.file == str(project.root / "systems/vendor/contracts/thing.odcs.yaml")
    assert table(project).major == 1


def test_the_checksum_is_that_of_the_merged_contract(project: Project) -> None:
    contract = patched(project, PATCH)
    whole = V1.replace("name: FEES, logicalType: string, required: true", "name: FEES, logicalType: string")
    tenant(project, "{contract: contracts/whole.odcs.yaml}", name="beta", whole_odcs=whole)

    assert contract.checksum == table(project, "beta").contract.checksum


@pytest.mark.parametrize(
    ("body", "changes"),
    [
        ("    properties:\n      FEES:\n", ("FEES: removed",)),
        ("    properties:\n      WALK_IN: {logicalType: boolean}\n", ("WALK_IN: added",)),
        (
            "    quality:\n      rowCount: {mustBeGreaterOrEqualTo: 5}\n",
            ("quality.rowCount.mustBeGreaterOrEqualTo: 1 -> 5",),
        ),
        (
            "    properties:\n      FEES:\n        quality:\n"
            "          invalidValues: {metric: invalidValues, arguments: {validValues: ['a']}, mustBe: 0}\n",
            ("FEES.quality.invalidValues: added",),
        ),
        (
            "    properties:\n      STAFF: {customProperties: {optional: false}}\n",
            ("STAFF.optional: added",),
        ),
        (
            "    properties:\n      STAFF: {logicalTypeOptions: {maxLength: 9}, description: Who}\n",
            ('STAFF.logicalTypeOptions.maxLength: unset -> 9', 'STAFF.description: unset -> "Who"'),
        ),
        ("    properties:\n      FEES: {required: null}\n", ("FEES.required: removed",)),
        ("    tags: [a, b]\n", ('tags: unset -> ["a", "b"]',)),
    ],
)  # fmt: skip
def test_every_change_is_named(project: Project, body: str, changes: tuple[str, ...]) -> None:
    assert patched(project, BODY + body).patched == changes


def test_a_new_property_and_its_rules_come_last(project: Project) -> None:
    contract = patched(project, PROPERTY + "AGE: {logicalType: integer, required: true}\n")

    assert [c.name for c in contract.columns][-1] == "AGE"
    assert {r.id for r in contract.rules if r.columns == ("AGE",)} == {"AGE|type", "AGE|required"}


@pytest.mark.parametrize(
    ("text", "line", "problem", "guess"),
    [
        (PROPERTY + "FEEES: {required: false}\n", 5, "the contract has no property 'FEEES'", "FEES"),
        (PROPERTY + "FEEES:\n", 5, "the contract has no property 'FEEES'", "FEES"),
        (
            BODY + "    quality:\n      rowCuont:\n",
            5,
            "the contract has no quality entry 'rowCuont'",
            "rowCount",
        ),
        (BODY + "    qualty:\n", 4, "there is no 'qualty' to remove", "quality"),
        (PROPERTY + "FEES: {requird: false}\n", 5, "unknown key 'requird'", "required"),
        (BODY + "    properties: [{name: FEES}]\n", 4, "'properties' is a list of named entries", None),
        (PROPERTY + "FEES: {name: COST}\n", 5, "'name' of a property is what the patch calls it by", None),
        (PROPERTY + "FEES: true\n", 5, "what changes of the property 'FEES' is no mapping", None),
        (
            HEADER + "schema:\n  thingy:\n    tags: [a]\n",
            3,
            "the patch is of the table 'thing', not of 'thingy'",
            "thing",
        ),
        (HEADER + "id: mine\n", 2, "a patch cannot change the contract's 'id'", None),
        (HEADER + "apiVersion: v3.0.0\n", 2, "a patch cannot change the contract's 'apiVersion'", None),
        (HEADER + "kind: DataContract\n", 2, "a patch cannot change the contract's 'kind'", None),
        (HEADER + "version: 3.0.0\n", 2, "a patch cannot change the contract's 'version'", None),
        (
            HEADER + "status: active\n",
            2,
            "a patch can make a contract a draft, and nothing else of its status",
            None,
        ),
        (PATCH.split("\n", 1)[1], 1, "the patch has no header", None),
        (PATCH.replace("major: 1", "majr: 1"), 1, "unknown key 'majr'", "major"),
        (PATCH.replace("version: 1.0.0", "version: one"), 1, "'version' cannot be 'one'", None),
        (
            PATCH.replace("of: vendor/thing", "of: vendor/thin"),
            1,
            "the patch is of 'vendor/thin', but is used for 'vendor/thing'",
            "vendor/thing",
        ),
    ],
)
def test_a_mistake_in_a_patch_is_told_at_its_line(
    project: Project, text: str, line: int, problem: str, guess: str | None
) -> None:
    errors = refused(project, text)

    assert [(e.file.rsplit("/", 1)[1], e.line, e.problem, e.guess) for e in errors] == [
        ("thing.patch.yaml", line, problem, guess)
    ]


def test_a_patch_that_changes_nothing_is_an_error(project: Project) -> None:
    errors = refused(project, PROPERTY + "FEES: {required: true}\n")

    assert [e.problem for e in errors] == ["the patch changes nothing of vendor/thing 1.4.0"]


def test_a_patch_lands_on_no_other_major(project: Project) -> None:
    errors = refused(project, PATCH, "{version: 2, patch: contracts/thing.patch.yaml}")

    assert [(e.line, e.problem) for e in errors] == [
        (1, "the patch is for major 1 of vendor/thing, but the tenant is on major 2")
    ]


def test_a_patch_of_the_pinned_major_lands_on_it(project: Project) -> None:
    text = PATCH.replace("major: 1", "major: 2").replace("FEES: {required: false}", "COST: {required: true}")

    contract = patched(project, text, "{version: 2, patch: contracts/thing.patch.yaml}")

    assert (contract.version, contract.patched) == ("2.1.0+alpha.1.0.0", ("COST.required: unset -> true",))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("TAX_ID: {classification: public}", "the patch declassifies the private column 'TAX_ID'"),
        ("TAX_ID: {classification: null}", "the patch declassifies the private column 'TAX_ID'"),
        ("TAX_ID: null", "the patch removes the private column 'TAX_ID'"),
        ("STAFF: null", "the patch removes the private column 'STAFF'"),
    ],
)
def test_a_private_column_stays_private(project: Project, change: str, problem: str) -> None:
    errors = refused(project, f"{BODY}    properties:\n      {change}\n")

    assert [(e.line, e.problem) for e in errors] == [(5, problem)]


def test_a_column_may_be_made_private(project: Project) -> None:
    contract = patched(project, PROPERTY + "FEES: {classification: private}\n")

    assert contract.column("FEES").private


def test_what_the_merged_contract_cannot_execute_is_told_at_the_patchs_line(project: Project) -> None:
    errors = refused(project, PROPERTY + "ID:\n        logicalType: strng\n")

    assert [(e.file.rsplit("/", 1)[1], e.line) for e in errors] == [("thing.patch.yaml", 6)]


def test_what_the_patch_breaks_elsewhere_is_told_there_with_the_patchs_name(project: Project) -> None:
    rule = "      - {metric: duplicateValues, arguments: {properties: [ID, FEES]}, mustBe: 0}\n"
    properties = "    properties:\n"
    vendor(project, thing=V1.replace(properties, rule + properties))
    tenant(project, OPTIONS, thing_patch=PROPERTY + "FEES:\n")

    (error,) = project.load().errors

    assert (error.file, error.line) == ("systems/vendor/contracts/thing.odcs.yaml", 9)
    assert "sound without tenants/alpha/contracts/thing.patch.yaml" in error.fix


def test_a_patch_or_a_contract_not_both(project: Project) -> None:
    errors = refused(project, PATCH, "{patch: contracts/thing.patch.yaml, contract: contracts/a.odcs.yaml}")

    assert [(e.line, e.problem) for e in errors] == [
        (11, "a table has a `patch` or a `contract` of its own, not both")
    ]


@pytest.mark.parametrize("path", ["../thing.patch.yaml", "contracts/none.patch.yaml"])
def test_a_patch_lies_in_the_tenants_folder(project: Project, path: str) -> None:
    errors = refused(project, PATCH, f"{{patch: {path}}}")

    assert errors[0].problem.startswith(f"the patch '{path}' of table 'thing'")


def test_a_rule_stands_where_it_was_written(project: Project) -> None:
    text = BODY + (
        "    properties:\n"
        "      STAFF:\n"
        "        required: true\n"
        "    quality:\n"
        "      rowCount: {mustBeGreaterOrEqualTo: 7}\n"
    )
    contract = patched(project, text)

    found = {rule: (Path(file).name, line) for rule, (file, line) in rule_positions(contract).items()}

    assert found["STAFF|required"] == ("thing.patch.yaml", 6)
    assert found["*|row_count"] == ("thing.patch.yaml", 8)
    assert found["FEES|required"] == ("thing.odcs.yaml", 11)
    assert set(found) == {r.id for r in contract.rules if r.kind != "decodes"}


def test_a_change_of_the_base_reaches_the_patched_contract(project: Project) -> None:
    before = patched(project, PATCH)
    vendor(project, thing=V1.replace("version: 1.4.0", "version: 1.5.0"))

    after = table(project).contract

    assert (before.version, after.version) == ("1.4.0+alpha.1.0.0", "1.5.0+alpha.1.0.0")


def test_merging_changes_no_input() -> None:
    base = {"a": {"b": 1}, "tags": ["x"], "quality": [{"metric": "rowCount", "mustBe": 1}]}

    merged = merge(base, {"a": {"b": 2, "c": 3}, "tags": ["y"], "quality": {"rowCount": {"mustBe": 2}}})

    assert base == {"a": {"b": 1}, "tags": ["x"], "quality": [{"metric": "rowCount", "mustBe": 1}]}
    assert merged.data == {
        "a": {"b": 2, "c": 3}, "tags": ["y"], "quality": [{"metric": "rowCount", "mustBe": 2}],
    }  # fmt: skip


def test_entries_of_one_name_are_told_apart_by_their_place() -> None:
    base = {"quality": [{"metric": "rowCount", "mustBe": 1}, {"metric": "rowCount", "mustBe": 2}]}

    merged = merge(base, {"quality": {"rowCount#2": None}})

    assert merged.data == {"quality": [{"metric": "rowCount", "mustBe": 1}]}


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        ({"name": "n", "id": "i", "metric": "rowCount"}, "n"),
        ({"id": "i", "metric": "rowCount"}, "i"),
        ({"metric": "rowCount"}, "rowCount"),
        ({"type": "custom", "implementation": {"rule": "row_count_ratio"}}, "row_count_ratio"),
        ({"type": "sql", "query": "select 1"}, "sql"),
    ],
)
def test_a_quality_entry_goes_by_the_first_name_it_has(entry: dict, name: str) -> None:
    merged = merge({"quality": [entry]}, {"quality": {name: None}})

    assert (merged.data, merged.faults) == ({"quality": []}, [])
