"""Rows come back as they came: every awkward value, and columns that come and go."""

from __future__ import annotations

import pytest

from dagster_ingest.testing.warehouses.world import World, commit, frame, rows

AWKWARD: dict[str, str | None] = {
    "null": None,
    "empty": "",
    "blank": " ",
    "trailing blanks": "a  ",
    "leading blanks": "\t a",
    "newlines": "a\nb\r\nc\r",
    "quotes": "\"quoted\" and 'single' and `back`",
    "backslashes": "C:\\temp\\n\\N \\\\",
    "separators": "a,b;c|d\x1fe",
    "emoji": "help \U0001f198 \U0001f469\U0001f3fd‍\U0001f680",
    "letters": "ÅÄÖ ñ ß 日本語 עברית",
    "composed": "e\u0301 and \u00e9",
    "zip": "00501",
    "long number": "12345678901234567890123456789.10",
    "exponent": "1e5",
    "word for null": "NULL",
    "not a number": "NaN",
    "boolean": "TRUE",
    "date": "2024-02-30",
    "json": '{"a": [1, null, "x"]}',
    "sql": "'; drop table x; --",
    "braces": "{{ 1 }} ${x} %s :name ?",
    "zero width": "a\u200bb\ufeff",
    "controls": "a\x01b\x7f",
}


class Cells:
    def test_every_awkward_value_is_read_back_verbatim(self, world: World) -> None:
        landing = world.landing()
        names = list(AWKWARD)

        commit(landing, "load-0001", {"ID": names, "Name": list(AWKWARD.values())})

        assert dict(rows(landing, columns=("ID", "Name"))) == AWKWARD

    def test_a_cell_of_ten_megabytes(self, world: World) -> None:
        landing = world.landing()
        long = "0123456789abcdéf" * 655_360

        commit(landing, "load-0001", {"ID": ["1", "2"], "Name": [long, "short"]})

        assert dict(rows(landing, columns=("ID", "Name"))) == {"1": long, "2": "short"}

    def test_columns_that_hold_nothing_but_nulls(self, world: World) -> None:
        landing = world.landing()

        commit(landing, "load-0001", {"ID": ["1", "2"], "Name": [None, None], "Other": [None, None]})

        assert rows(landing, columns=("ID", "Name", "Other")) == [("1", None, None), ("2", None, None)]

    def test_the_platforms_own_columns_keep_their_types_and_values(self, world: World) -> None:
        landing = world.landing()
        columns: dict[str, list[str | None]] = {"ID": ["1", "2"], "Name": ["a", None]}
        wanted = frame("alpha", "FL", "load-0001", columns)

        commit(landing, "load-0001", columns)

        names = wanted.columns
        assert rows(landing, columns=names) == sorted(wanted.rows(), key=lambda row: row[0])

    def test_columns_that_come_and_go(self, world: World) -> None:
        landing = world.landing()
        commit(landing, "load-0001", {"ID": ["1"], "Name": ["a"]})
        commit(landing, "load-0002", {"ID": ["2"], "Fax": ["555"], "Name": ["b"]}, state="AL")
        commit(landing, "load-0003", {"Fax": ["777"], "ID": ["3"]})

        assert rows(landing, state=None, columns=("ID", "Name", "Fax")) == [
            ("2", "b", "555"),
            ("3", None, "777"),
        ]

    @pytest.mark.parametrize("name", ["order", "select", "_x", "a b", "Straße", 'say "x"', "x" * 100])
    def test_headings_that_are_no_plain_words(self, world: World, name: str) -> None:
        from dagster_ingest.naming import column_name

        landing = world.landing()
        column = column_name(name)

        commit(landing, "load-0001", {"ID": ["1"], column: ["a"]})

        assert rows(landing, columns=("ID", column)) == [("1", "a")]
