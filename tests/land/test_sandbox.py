"""Queries of contracts see the rows and nothing else, within a time and a memory."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from dagster_ingest.errors import LandError
from dagster_ingest.land.sandbox import ask

ROWS = pl.DataFrame({"A": ["1", "2", None], "B": [1.5, 2.5, None]})


def one(query: str, frames=(ROWS,), **options):
    return ask(frames, "services", {"q": query}, **options)["q"]


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("select count(*) from services", 3),
        ("select count(A) from services", 2),
        ("select sum(B) from services", 4.0),
        ("select count(*) = 3 from services", True),
        ("select null", None),
        ("select A from services where A = '1'", "1"),
    ],
)
def test_a_query_gives_its_value(query, value) -> None:
    assert one(query) == (value, None)


def test_rows_come_in_any_number_of_frames() -> None:
    assert one("select count(*) from services", (ROWS, ROWS.clear(), ROWS)) == (6, None)
    assert one("select count(*) from services", (ROWS.clear(),)) == (0, None)


def test_text_becomes_the_type_that_is_asked_for_and_null_where_it_cannot() -> None:
    rows = pl.DataFrame({"N": ["0.10", "0.20", "x"], "W": ["170141183460469231731687303715884105727"] * 3})
    casts = {"N": "decimal(9, 2)", "W": "hugeint"}

    assert ask([rows], "t", {"n": "select sum(N) from t", "w": "select max(W) from t"}, casts) == {
        "n": (Decimal("0.30"), None),
        "w": (170141183460469231731687303715884105727, None),
    }


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("select A from services", "several rows"),
        ("select A from services where false", "no row"),
        ("select 1, 2", "2 columns"),
        ("select A::int / 0 from nothing", "nothing does not exist"),
        ("select cast('x' as int) from services", "Could not convert"),
    ],
)
def test_anything_but_one_value_is_told(query, words) -> None:
    value, fault = one(query)

    assert value is None
    assert words in fault


@pytest.mark.parametrize(
    "query",
    [
        "select * from read_csv('{file}')",
        "select * from read_text('{file}')",
        "select count(*) from '{file}'",
        "select * from glob('{file}')",
        "copy services to '{file}.out'",
        "attach '{file}.db' as other",
        "set enable_external_access = true",
        "set memory_limit = '9GB'",
        "set allowed_paths = ['{file}']",
        "install httpfs",
        "load httpfs",
        "select getenv('HOME')",
        "select count(*) from bystander",
        "export database '{file}.d'",
    ],
)
def test_nothing_outside_can_be_reached(tmp_path: Path, query: str) -> None:
    file = tmp_path / "secret.csv"
    file.write_text("secret\n1\n")
    bystander = pl.DataFrame({"n": [1]})

    value, fault = one(query.format(file=file))

    assert bystander.height == 1
    assert (value, fault is None) == (None, False)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["secret.csv"]


def test_a_query_that_takes_too_long_is_ended_and_the_next_one_runs() -> None:
    endless = "select max(a.range * b.range) from range(20000000) a, range(100000000) b"

    found = ask([ROWS], "services", {"slow": endless, "quick": "select count(*) from services"}, seconds=0.2)

    assert found == {"slow": (None, "it took longer than 0.2 seconds"), "quick": (3, None)}


def test_one_query_cannot_change_the_rows_of_the_next() -> None:
    found = ask([ROWS], "services", {"a": "delete from services", "b": "select count(*) from services"})

    assert "read-only" in found["a"][1]
    assert found["b"] == (3, None)


def test_rows_beyond_the_memory_are_spilled_and_cleaned_up(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    wide = pl.DataFrame({"A": [f"{n:0100d}" for n in range(100_000)]})

    found = one("select count(distinct A) from services", [wide] * 6, memory="40MB")

    assert found == (100_000, None)
    assert list(tmp_path.iterdir()) == []


def test_no_frame_at_all_is_an_error() -> None:
    with pytest.raises(LandError, match="no rows to ask"):
        one("select 1", ())
