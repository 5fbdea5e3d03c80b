"""What a read gives: every row once, verbatim, in the same order, however it is paged."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dagster_ingest.testing.connectors.helpers import ENDINGS
from dagster_ingest.testing.served import AWKWARD, Provider, of_rows, table


class Rows:
    def test_columns_and_cells_are_verbatim(self, source: Provider):
        served = table(2 * len(AWKWARD))
        source.serve(served)

        found = source.read()

        assert list(found.read.columns) == list(served.columns)
        assert found.rows == served.listed()
        assert found.malformed == 0
        assert found.completeness.complete, found.completeness.reason

    def test_null_and_empty_cells(self, source: Provider):
        like = table(3)
        rows = [("1", None, "", "x"), ("2", "", None, "x"), ("3", "a", "b", "x")]
        source.serve(of_rows(rows, like))

        found = source.read()

        assert found.rows == [tuple(source.blank if c is None else c for c in row) for row in rows]

    def test_every_cell_is_text_and_every_row_has_a_place_of_its_own(self, source: Provider):
        source.serve(table(40))

        found = source.read()

        assert {str(kind) for kind in found.types} == {"String"}
        assert len(set(found.places)) == len(found.rows) == 40
        assert min(number for _, number in found.places) >= 1

    def test_the_same_rows_in_the_same_order_twice(self, source: Provider):
        source.serve(table(3 * (source.page or 20) + 1))

        first, second = source.read(), source.read()

        assert (first.rows, first.places) == (second.rows, second.places)
        assert (first.read.columns, first.cursor) == (second.read.columns, second.cursor)

    def test_a_fingerprint_changes_with_the_rows_only(self, source: Provider):
        source.serve(table(5))
        first, again = (source.made().fingerprint(source.request()) for _ in range(2))
        if not first.value:
            assert not source.made().capabilities.cheap_fingerprint
            pytest.skip("unchanged input cannot be told here without reading")
        source.serve(table(5, day=2))

        changed = source.made().fingerprint(source.request())

        assert first.value == again.value != changed.value

    def test_a_preview_ends_early(self, source: Provider):
        source.serve(table(20 * (source.page or 50)))
        before = source.requests

        read = source.made().read(source.request(sample=3))
        rows = sum(b.frame.height for b in _until(read.batches(), 3))

        assert rows >= 3
        if before is not None and source.page is not None and source.requests is not None:
            assert source.requests - before <= 6

    def test_paging_ends_and_misses_nothing(self, source: Provider):
        page = source.page or 7
        for count in (1, page - 1, page, page + 1, 3 * page, 3 * page + 2):
            served = table(count)
            source.serve(served)

            found = source.read()

            assert [row[0] for row in found.rows] == [row[0] for row in served.rows()], count
            assert found.completeness.complete, (count, found.completeness.reason)

    def test_an_empty_source_is_empty_or_refused(self, source: Provider):
        source.serve(table(0))
        try:
            found = source.read()
        except ENDINGS:
            return
        assert found.rows == []


def _until(batches: Iterator, rows: int) -> Iterator:
    for batch in batches:
        yield batch
        rows -= batch.frame.height
        if rows <= 0:
            return
