from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagster_ingest.spec.models import Policy
from dagster_ingest.validate.keys import KeyWatch
from tests.validate.contracts import contract, rule

UNIQUE = contract(rule("unique", "ID"))
OPEN = Policy(on_reject="quarantine", max_share=1.0)


def numbers(late, rule_id):
    return late[rule_id]["_row_number"].to_list() if rule_id in late else []


def test_of_equal_rows_the_first_stays(rows, audit):
    batches = rows(ID=["1", "2"], Name=["a", "b"]), rows(start=3, ID=["1", "1"], Name=["a", "a"])

    _, _, verdict, late = audit(UNIQUE, *batches, policy=OPEN)

    assert numbers(late, "ID|unique") == [3, 4]
    assert (verdict.rows_accepted, verdict.rows_rejected) == (2, 2)


def test_rows_that_differ_under_one_key_are_all_rejected(rows, audit):
    batches = rows(ID=["1", "2"], Name=["a", "b"]), rows(start=3, ID=["1"], Name=["other"])

    _, _, verdict, late = audit(UNIQUE, *batches, policy=OPEN)

    assert numbers(late, "ID|unique") == [1, 3]
    assert verdict.co_occurrence == {"ID|unique": 2}
    assert [s.value for s in verdict.failed_rules[0].samples] == ["1", "1"]


def test_keys_are_compared_as_the_rules_see_them(rows, audit):
    _, _, _, late = audit(UNIQUE, rows(ID=["1", " 1 ", "", None, ""]), policy=OPEN)

    assert numbers(late, "ID|unique") == [1, 2]


def test_a_row_that_broke_its_own_rule_casts_no_doubt_on_a_good_one(rows, audit):
    made = contract(rule("unique", "ID"), rule("required", "Name"))

    accepted, rejected, _, late = audit(made, rows(ID=["1", "1"], Name=["", "a"]), policy=OPEN)

    assert (accepted.height, rejected.height, late) == (1, 1, {})


def test_compound_keys_are_compared_part_by_part(rows, audit):
    made = contract(rule("primary_key", "A", "B"))

    _, rejected, _, late = audit(
        made, rows(A=["1", "1\x1f2", "1", None], B=["2\x1f3", "3", "2\x1f3", "x"]), policy=OPEN
    )

    assert numbers(late, "*|primary_key") == [3]
    assert rejected.select("_row_number", "_rules").rows() == [(4, ["*|primary_key"])]


def test_a_null_key_breaks_primary_key_once_where_the_column_is_required(rows, audit):
    made = contract(rule("required", "ID"), rule("primary_key", "ID"))

    _, rejected, _, _ = audit(made, rows(ID=["", "1"]))

    assert rejected["_rules"].to_list() == [["ID|required"]]


def test_a_warning_on_unique_drops_no_row(rows, audit):
    made = contract(rule("unique", "ID", severity="warn"))

    _, _, verdict, late = audit(made, rows(ID=["1", "1"]))

    assert (late, verdict.outcome, verdict.failed_rules[0].failed) == ({}, "commit", 1)


def test_a_row_under_two_unique_rules_counts_once(rows, audit):
    made = contract(rule("unique", "A"), rule("unique", "B"))

    _, _, verdict, late = audit(made, rows(A=["1", "1"], B=["2", "2"], C=["x", "y"]), policy=OPEN)

    assert set(late) == {"A|unique", "B|unique"}
    assert (verdict.rows_rejected, verdict.co_occurrence) == (2, {"A|unique, B|unique": 2})


def test_equal_hashes_alone_are_no_duplicates(monkeypatch, rows, audit):
    monkeypatch.setattr(pl.Expr, "hash", lambda self: pl.lit(7, pl.UInt64) + self.str.len_chars() * 0)

    _, _, _, late = audit(UNIQUE, rows(ID=["1", "2", "3", "2"]).with_columns(_row_hash=1), policy=OPEN)

    assert numbers(late, "ID|unique") == [4]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.one_of(st.none(), st.sampled_from("abcdef")), st.integers(0, 2)), max_size=30),
    st.integers(1, 7),
    st.integers(0, 9),
)
@pytest.mark.parametrize("parts", [1, 2])
def test_batches_and_spilling_do_not_change_the_answer(parts, records, size, held_rows):
    names = [f"c{i}" for i in range(parts)]
    frame = pl.DataFrame(
        {**{n: [k for k, _ in records] for n in names}, "_row_hash": [h for _, h in records]},
        schema={**dict.fromkeys(names, pl.String), "_row_hash": pl.UInt64},
    ).with_columns(_source_uri=pl.lit("u"), _row_number=pl.int_range(pl.len(), dtype=pl.Int64))
    watch = KeyWatch(rule("unique", *names), held_rows=held_rows)

    for at in range(0, frame.height, size):
        batch = frame[at : at + size]
        watch.see(batch.select(names), batch.select("_source_uri", "_row_number", "_row_hash"))
    found = watch.duplicates()["_row_number"].to_list()
    watch.close()

    assert found == expected(records)


def expected(records: list[tuple[str | None, int]]) -> list[int]:
    """The rule in plain Python."""
    rejected = []
    for number, (key, _) in enumerate(records):
        twins = [(n, h) for n, (k, h) in enumerate(records) if k == key and k is not None]
        if len(twins) > 1 and (len({h for _, h in twins}) > 1 or number != twins[0][0]):
            rejected.append(number)
    return rejected
