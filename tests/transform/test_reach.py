"""Lineages read forwards: values, choices, rows, and what follows."""

from __future__ import annotations

from dagster_ingest.transform.lineage import trace
from dagster_ingest.transform.reach import Lineage, union

COLUMNS = {
    ("raw", "r"): ("id", "kind", "name", "note"),
    ("elt", "e"): ("id", "label", "size"),
    ("elt", "child"): ("id", "e_id"),
    ("stage", "s"): ("id", "label"),
}
SQL = {
    ("elt", "e"): "select id, case when kind = 'x' then name end as label, 1 as size from raw.r",
    ("elt", "child"): "select id || ':1' as id, id as e_id from raw.r where id in (select id from elt.e)",
    ("stage", "s"): "select id, label from elt.e where label is not null",
}
LINEAGE = Lineage({table: trace(sql, COLUMNS) for table, sql in SQL.items()})
RAW, E, CHILD, STAGE = ("raw", "r"), ("elt", "e"), ("elt", "child"), ("stage", "s")


def test_a_value_is_followed_to_the_end() -> None:
    reach = LINEAGE.downstream(RAW, ["name"])
    assert reach.columns == {E: {"label": "value"}, STAGE: {"label": "value"}}
    assert (reach.rows, reach.follows) == ({STAGE}, set())


def test_what_decides_once_only_decides_from_there_on() -> None:
    reach = LINEAGE.downstream(RAW, ["kind"])
    assert reach.columns == {E: {"label": "choice"}, STAGE: {"label": "choice"}}
    assert (reach.rows, reach.follows) == (set(), {STAGE})


def test_rows_follow_the_rows_they_are_made_of() -> None:
    reach = LINEAGE.downstream(RAW, ["ID"])
    assert reach.rows == {CHILD}
    assert reach.columns[CHILD] == {"id": "value", "e_id": "value"}


def test_a_column_that_nothing_reads_reaches_nothing() -> None:
    assert not LINEAGE.downstream(RAW, ["note"])


def test_a_whole_table_reaches_all_that_is_read_from_it() -> None:
    reach = LINEAGE.downstream(RAW, None)
    assert reach.rows | reach.follows == {E, CHILD, STAGE}
    assert "size" not in reach.columns[E]


def test_a_column_reached_by_value_from_one_start_is_a_value_in_the_union() -> None:
    found = union([LINEAGE.downstream(RAW, ["kind"]), LINEAGE.downstream(RAW, ["name"])])
    assert found.columns == {E: {"label": "value"}, STAGE: {"label": "value"}}
    assert (found.rows, found.follows) == ({STAGE}, set())


def test_it_is_told_who_reads_a_table() -> None:
    assert LINEAGE.readers(E) == [CHILD, STAGE]
