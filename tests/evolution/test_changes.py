"""What the corpus cannot say in YAML: unknown rules, further fields, renames among many columns."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dagster_ingest.evolution.changes import changes
from dagster_ingest.evolution.rename import renames
from dagster_ingest.spec.contract import Column, Contract, Rule


def contract(*columns: Column | str, rules: tuple[Rule, ...] = (), **more) -> Contract:
    made = tuple(Column(c, c) if isinstance(c, str) else c for c in columns)
    return Contract("id", "1.0.0", "t", "t.odcs.yaml", made, rules, **more)


def kinds(old: Contract, new: Contract) -> list[str]:
    return [change.kind for change in changes(old, new)]


def test_a_rule_of_an_unknown_kind_whose_params_change_is_breaking():
    rules = [Rule("*|orbit", "orbit", (), {"radius": radius}) for radius in (1, 2)]

    (change,) = changes(contract("A", rules=(rules[0],)), contract("A", rules=(rules[1],)))

    assert (change.kind, change.effect.overall) == ("orbit_changed", "breaking")
    assert change.words == "*|orbit: orbit changed: radius 1 -> radius 2"


def test_a_field_of_the_contract_that_nobody_weighed_is_breaking(monkeypatch):
    monkeypatch.setattr("dagster_ingest.evolution.changes._WEIGHED", {"columns", "rules"})

    (change,) = changes(contract("A"), replace(contract("A"), table="u"))

    assert (change.kind, change.subject, change.effect.overall) == ("part_changed", "table", "breaking")


def test_a_field_of_a_column_that_nobody_weighed_is_breaking(monkeypatch):
    monkeypatch.setattr("dagster_ingest.evolution.columns._WEIGHED", {"name", "field"})

    (change,) = changes(contract(Column("A", "A")), contract(Column("A", "A", key=True)))

    assert (change.kind, change.subject) == ("part_changed", "A.key")


def test_the_worst_change_stands_first():
    old = contract("A", Column("B", "B", description="b"))
    new = contract(Column("A", "A", private=True), Column("B", "B", description="bee"), "NEW_ONE")

    assert kinds(new, old) == ["column_removed", "declassified", "text_changed"]
    assert kinds(old, new) == ["classified", "column_added", "text_changed"]


def test_rules_of_a_renamed_column_are_compared_under_its_new_name():
    old = contract("A", rules=(Rule("A|enum", "enum", ("A",), {"values": ["x"]}),))
    new = contract(Column("B", "B", was="A"), rules=(Rule("B|enum", "enum", ("B",), {"values": ["x", "y"]}),))

    assert kinds(old, new) == ["column_renamed", "enum_widened"]


def test_a_renamed_key_column_is_a_rename_and_no_other_key():
    old = contract("A", keys=("A",), rules=(Rule("A|primary_key", "primary_key", ("A",)),))
    new = contract(
        Column("B", "B", was="A"), keys=("B",), rules=(Rule("B|primary_key", "primary_key", ("B",)),)
    )

    assert kinds(old, new) == ["column_renamed"]


def test_each_column_stands_in_one_rename_at_most_and_the_likest_wins():
    old = contract("ID", "PHONE_MAIN", "PHONE_FAX", "END")
    new = contract("ID", "MAIN_PHONE", "FAX_PHONE", "END")

    found = {r.old.field: r.new.field for r in renames(old, new)}

    assert found == {"PHONE_MAIN": "MAIN_PHONE", "PHONE_FAX": "FAX_PHONE"}


def test_a_column_with_the_same_words_and_place_is_offered_though_its_name_is_another():
    old = contract("ID", Column("ZIP", "ZIP", description="Postal code"), "END")
    new = contract("ID", Column("POSTCODE", "POSTCODE", description="Postal code"), "END")

    (change,) = changes(old, new)

    assert change.kind == "column_renamed"
    assert change.hint == (
        "looks like a rename of ZIP: declare it under 'POSTCODE' with "
        "`customProperties: [{property: was, value: ZIP}]`"
    )


@pytest.mark.parametrize(
    "new",
    [
        Column("FEES_TEXT", "FEES_TEXT", "integer"),
        Column("FEES_TEXT", "FEES_TEXT", was="OTHER"),
        Column("WWW", "WWW"),
    ],
    ids=["another type", "was another", "another name"],
)
def test_no_rename_is_offered_for(new):
    assert renames(contract("ID", "FEES", "END"), contract("ID", new, "END")) == ()


def test_a_private_column_is_not_offered_as_a_public_one():
    old = contract("ID", Column("NOTES", "NOTES", private=True), "END")

    assert renames(old, contract("ID", "NOTES_TEXT", "END")) == ()


def test_a_rule_on_a_kept_and_a_removed_column_is_said_to_be_gone():
    together = Rule("A+B|unique", "unique", ("A", "B"))

    assert sorted(kinds(contract("A", "B", rules=(together,)), contract("A"))) == [
        "column_removed",
        "unique_removed",
    ]


def test_a_private_column_that_goes_is_said_to_be_masked_no_more():
    (change,) = changes(contract("A", Column("B", "B", private=True)), contract("A"))

    assert "nothing masks it" in change.hint


def test_what_a_column_was_is_not_compared_from_one_major_to_the_next():
    new = replace(contract(Column("A", "A", was="OLD")), version="2.0.0")

    assert changes(contract("A"), new) == ()


def test_rules_whose_names_differ_in_case_alone_are_two():
    rules = tuple(Rule(f"*|sql:{tag}", "sql", (), {"query": tag}) for tag in ("open", "OPEN"))

    assert kinds(contract("A", rules=rules), contract("A", rules=rules[:1])) == ["sql_removed"]


def test_a_table_that_is_wholly_another_is_compared_in_good_time(monkeypatch):
    asked = []
    monkeypatch.setattr("dagster_ingest.evolution.rename._likeness", lambda *pair: asked.append(pair) or 0.0)
    old = contract(*(f"OLD_COLUMN_{n}" for n in range(300)))

    found = changes(old, contract(*(f"NEW_COLUMN_{n}" for n in range(300))))

    assert len(found) == 600
    assert asked == []
