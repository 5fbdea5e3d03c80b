"""Rows that a source lists and that reads of changes do not bring."""

from __future__ import annotations

from types import SimpleNamespace

import polars as pl
import pytest

from dagster_ingest.connectors.base import Deletions
from dagster_ingest.extract import cursor
from dagster_ingest.extract.merge import Delta, Unseen
from tests.extract.conftest import contract

HERE = pl.DataFrame({"ID": ["1", "2"], "NAME": ["a", "b"]})


def delta(kind: str, *listed: str) -> Delta:
    """One that has delivered row 3, and a list of keys."""
    made = Delta(contract("ID", "NAME"))
    made.latest(pl.DataFrame({"ID": ["3"], "NAME": ["c"]}), "https://host/things#page=1")
    made.gone(Deletions(kind, pl.DataFrame({"ID": listed}, schema={"ID": pl.String})), "acme/things (IA)")
    return made


def unseen(made: Delta, known: str = "") -> str:
    with pytest.raises(Unseen) as found:
        made.require_seen(HERE, known)
    return found.value.digest


@pytest.mark.parametrize("listed", [("1", "2", "3"), ("1", " 2 "), ("3",), ()])
def test_what_the_partition_or_the_delivery_has_is_seen(listed):
    delta("present", *listed).require_seen(HERE, "")


def test_a_listed_row_that_nobody_has_is_not():
    assert unseen(delta("present", "1", "4")) == unseen(delta("present", "4", "2", "3"))
    assert unseen(delta("present", "4")) != unseen(delta("present", "5"))


def test_the_same_rows_are_looked_for_once():
    """Those that the contract refuses stay away for good."""
    known = unseen(delta("present", "1", "4"))

    delta("present", "1", "4").require_seen(HERE, known)
    assert unseen(delta("present", "4", "5"), known)


def test_a_list_of_more_than_the_table_says_nothing():
    delta("present", "4", "5", "6").require_seen(HERE, "")


def test_keys_of_rows_that_are_gone_are_no_list_of_what_is_there():
    delta("keys", "4").require_seen(HERE, "")


def test_what_was_looked_for_is_remembered_with_the_cursor():
    source = SimpleNamespace(mode="incremental", connector="http", sweep=None)
    request = SimpleNamespace(settings={})
    whole = SimpleNamespace(cursor=lambda: "c1", snapshot=True)
    changes = SimpleNamespace(cursor=lambda: "c2", snapshot=False)

    first = cursor.reached(source, request, {}, whole, None, "load-1", "a digest")
    current = SimpleNamespace(cursor=first)
    second = cursor.reached(source, request, {}, changes, current, "load-2")

    assert cursor.seen_through(current) == "a digest"
    assert cursor.seen_through(SimpleNamespace(cursor=second)) == "a digest"
    assert cursor.start(source, request, {}, SimpleNamespace(cursor=second)) == "c2"
    assert cursor.seen_through(None) == ""
