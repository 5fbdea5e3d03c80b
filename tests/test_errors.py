"""What the fix of a wrong name says."""

from __future__ import annotations

from dagster_ingest.errors import among


def test_a_wrong_name_gets_what_is_allowed_and_what_was_likely_meant():
    assert among("agncy", ["agency", "site"]) == "use one of agency, site; did you mean 'agency'?"


def test_nothing_is_guessed_where_nothing_is_near():
    assert among("zzz", ["agency", "site"], "its tables:") == "its tables: agency, site"


def test_of_many_names_some_are_listed_and_all_are_guessed_from():
    names = [f"table_{n}" for n in range(9)]

    assert (
        among("tabel_8", names, "there is:", most=2) == "there is: table_0, table_1; did you mean 'table_8'?"
    )


def test_where_there_is_nothing_it_says_so():
    assert among("agency", [], "its tables:") == "its tables: none"
