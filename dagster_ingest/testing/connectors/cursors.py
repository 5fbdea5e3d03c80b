"""Reads of what changed: nothing is lost between them, and what is gone is said."""

from __future__ import annotations

import itertools

import pytest

from dagster_ingest.testing.connectors.helpers import incremental, inject, must_be_incremental, must_break_off
from dagster_ingest.testing.served import Drained, Provider, Table, of_rows, table, take


class Cursors:
    def test_a_cursor_brings_what_changed_and_nothing_is_lost(self, source: Provider):
        first = incremental(source, 30)
        assert first.read.snapshot
        assert first.cursor
        later = table(4, first=29, day=2)  # two rows changed, two are new
        source.serve(_laid_over(table(30), later))

        second = source.read(incremental=True, cursor=first.cursor)

        assert not second.read.snapshot
        assert {row[0] for row in later.rows()} <= {row[0] for row in second.rows}
        assert len(second.rows) < 30
        assert second.cursor != first.cursor

    def test_without_changes_the_cursor_stays_usable(self, source: Provider):
        first = incremental(source, 10)

        second = source.read(incremental=True, cursor=first.cursor)
        third = source.read(incremental=True, cursor=second.cursor or first.cursor)

        assert second.completeness.complete
        assert third.rows == second.rows

    def test_rows_of_the_same_moment_are_not_lost(self, source: Provider):
        like = table(1)
        rows = [(f"{n:07d}", "a", "b", "2026-01-01T00:00:00") for n in range(1, 8)]
        source.serve(of_rows(rows[:5], like))
        must_be_incremental(source)
        first = source.read(incremental=True)
        source.serve(of_rows(rows, like))  # two more, with the very stamp that the cursor stands on

        second = source.read(incremental=True, cursor=first.cursor)

        assert {row[0] for row in rows} <= {row[0] for row in [*first.rows, *second.rows]}

    def test_a_cursor_never_passes_rows_that_were_not_given(self, source: Provider):
        """After every number of batches: what the cursor says and what was given are the whole table."""
        served = table(4 * (source.page or 50))
        source.serve(served)
        must_be_incremental(source)
        wanted = {row[0] for row in served.rows()}
        for taken in itertools.count(1):
            read = source.made().read(source.request(incremental=True))
            seen, batches = Drained(read), read.batches()
            for batch in itertools.islice(batches, taken):
                take(seen, batch)
            cursor = _cursor_of(read)
            if cursor is not None:
                rest = source.read(incremental=True, cursor=cursor)
                assert wanted <= {row[0] for row in [*seen.rows, *rest.rows]}, f"after {taken} batches"
            if len(seen.rows) >= len(wanted) or taken > 20:
                break

    def test_a_cut_increment_moves_no_cursor(self, source: Provider):
        first = incremental(source, 4 * (source.page or 50))
        source.serve(table(4 * (source.page or 50), day=2))
        inject(source, "cut")
        must_break_off(source, incremental=True, cursor=first.cursor)
        source.heal()

        found = source.read(incremental=True, cursor=first.cursor)

        assert len({row[0] for row in found.rows}) == 4 * (source.page or 50)

    def test_rows_that_are_gone_are_said(self, source: Provider):
        if not source.made().capabilities.deletes:
            pytest.skip(f"{source.connector} says nothing of deleted rows")
        first = incremental(source, 10)
        source.serve(of_rows(table(10).listed()[3:], table(10)))

        second = source.read(incremental=True, cursor=first.cursor)

        if second.deletions is None:
            pytest.skip("these settings do not ask for deleted rows")
        keys = set(second.deletions.keys.to_series().to_list())
        gone = {row[0] for row in table(3).rows()}
        if second.deletions.kind == "keys":
            assert keys == gone
        else:
            assert keys == {row[0] for row in table(10).rows()} - gone


def _cursor_of(read) -> str | None:
    """The cursor before the end; a read may refuse to tell it then."""
    try:
        return read.cursor()
    except Exception:
        return None


def _laid_over(base: Table, later: Table) -> Table:
    rows = {row[0]: row for row in base.rows()} | {row[0]: row for row in later.rows()}
    return of_rows([rows[key] for key in sorted(rows, key=str)], base)
