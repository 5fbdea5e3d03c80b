"""The table of changes holds together."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_ingest.evolution.classify import TABLE, WEIGHED, effect, inverse
from dagster_ingest.spec.contract import KINDS

DOCUMENT = Path(__file__).parents[2] / "docs/contract-changes.md"
# The overall class of these is fixed.
COMPATIBLE = ("column_added", "enum_widened", "range_widened", "length_widened", "text_changed")
BREAKING = (
    "column_removed", "column_renamed", "type_narrowed", "enum_narrowed", "range_narrowed", "required_added",
    "key_added", "key_removed", "key_changed", "presence_required", "column_added_required", "declassified",
)  # fmt: skip


@pytest.mark.parametrize("kind", [kind for kind, entry in TABLE.items() if entry.mirrored])
def test_readers_of_a_mirrored_change_fare_like_writers_of_its_inverse(kind):
    there, back = TABLE[kind], effect(TABLE[kind].inverse)

    assert (there.writers, there.readers) == (back.readers, back.writers)


@pytest.mark.parametrize(
    "kind", [kind for kind in TABLE if kind not in ("column_added_checked", "status_retired")]
)
def test_taking_back_twice_is_the_change_itself(kind):
    again = inverse(inverse(kind))

    assert again == kind or inverse(kind) == "column_removed"


def test_the_classes_that_are_fixed():
    assert {TABLE[kind].overall for kind in COMPATIBLE} == {"compatible"}
    assert {TABLE[kind].overall for kind in BREAKING} == {"breaking"}


def test_only_a_breaking_change_needs_a_major_step_and_only_a_text_a_patch():
    for kind, entry in TABLE.items():
        assert (entry.step == "major") == (entry.overall == "breaking"), kind
        assert (entry.step == "patch") == entry.text, kind


def test_every_kind_of_rule_was_weighed_but_the_one_that_cannot_be():
    assert set(KINDS) - WEIGHED == {"sql"}


@pytest.mark.parametrize("event", ["added", "narrowed", "changed", "enforced"])
def test_a_rule_of_an_unknown_kind_breaks_writers(event):
    found = effect(f"brand_new_{event}")

    assert (found.writers, found.overall) == ("breaking", "breaking")


@pytest.mark.parametrize("event", ["removed", "relaxed"])
def test_the_absence_of_a_rule_of_an_unknown_kind_breaks_readers(event):
    found = effect(f"brand_new_{event}")

    assert (found.readers, found.overall) == ("breaking", "breaking")


def test_the_document_shows_the_table_as_it_is():
    rows = [
        line.strip("| ").split(" | ") for line in DOCUMENT.read_text().splitlines() if line.startswith("| `")
    ]

    assert {row[0].strip("`"): row[1:] for row in rows} == {
        kind: [entry.writers, entry.readers, entry.overall, entry.step, entry.why]
        for kind, entry in TABLE.items()
    }


def test_a_kind_that_is_no_change_is_an_error():
    with pytest.raises(KeyError):
        effect("column_painted")
