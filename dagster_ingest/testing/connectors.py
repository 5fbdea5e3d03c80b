"""What every connector has to hold, as a pytest class that its test inherits:

    class TestHttp(ConnectorConformance):
        provider = HttpProvider

The provider (see served.Provider) serves tables of known rows and breaks the source on request. What a
connector does not claim, or a provider cannot do, is skipped with the reason.
"""

from __future__ import annotations

import base64
import gc
import itertools
import logging
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote_plus

import pytest

from dagster_ingest import redact
from dagster_ingest.errors import AccessDenied, DataError, IngestError, SpecError, Unavailable
from dagster_ingest.testing.served import AWKWARD, Drained, Provider, Table, drain, of_rows, table, take

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
# A faulty source ends a read in one of these; nothing else may escape.
ENDINGS = (DataError, Unavailable, AccessDenied)
ONCE = ("once:timeout", "once:reset", "once:server_error", "once:rate_limited")
PARTIAL = ("truncated", "short", "cut", "denied_midway", "loop")


class ConnectorConformance:
    """Inherit from it and set `provider`."""

    provider: ClassVar[type[Provider]]

    @pytest.fixture
    def source(self, tmp_path: Path) -> Iterator[Provider]:
        folder = tmp_path / "source"
        (folder / "drops").mkdir(parents=True)
        redact.forget()
        with self.provider(folder) as made:
            for name, value in made.secrets.items():
                redact.remember(value, name)  # as a run does
            yield made
        redact.forget()

    # what is there

    def test_it_claims_what_it_can(self, source: Provider):
        source.serve(table(3))
        capabilities = source.made().capabilities
        read = source.made().read(source.request())

        drain(read)

        assert capabilities.incremental or read.cursor() is None
        assert capabilities.deletes or read.deletions() is None

    def test_check_finds_the_source(self, source: Provider):
        source.serve(table(3))

        for name in ("things", ""):
            checked = source.made().check(source.request(table=name))
            assert checked.ok, checked.words
            assert checked.words.strip()

    @pytest.mark.parametrize("fault", ["denied", "unreachable", "absent"])
    def test_check_says_why_it_does_not(self, source: Provider, fault: str):
        source.serve(table(3))
        _inject(source, fault)

        checked = source.made().check(source.request())

        assert not checked.ok
        assert len(checked.words) > 10

    def test_discover_gives_the_columns_in_their_order(self, source: Provider):
        served = table(3)
        source.serve(served)

        found = source.made().discover(source.request())

        assert [t.table for t in found] == [served.name]
        assert [c.name for c in found[0].columns] == list(served.columns)

    def test_wrong_settings_are_refused_before_anything_is_asked(self, source: Provider):
        source.serve(table(3))
        before = source.requests
        request = source.request()
        request = replace(request, settings={**request.settings, "no_such_setting": 1})

        with pytest.raises(SpecError, match="no_such_setting"):
            source.made().read(request)
        assert source.requests == before

    # rows

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

    # pages

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

    # faults

    @pytest.mark.parametrize("fault", PARTIAL)
    def test_a_partial_sweep_is_never_complete(self, source: Provider, fault: str):
        count = 4 * (source.page or 50)
        source.serve(table(count))
        _inject(source, fault)
        try:
            read = source.made().read(source.request())
            found = drain(read, at_most=20 * count)
        except ENDINGS as error:
            _explains_itself(error)
            return
        assert not found.completeness.complete
        assert found.completeness.reason
        assert found.deletions is None

    @pytest.mark.parametrize("fault", ONCE)
    def test_what_passes_is_tried_again(self, source: Provider, fault: str):
        source.serve(table(4 * (source.page or 50)))
        whole = source.read()
        _inject(source, fault)

        found = source.read()

        assert (found.rows, found.places) == (whole.rows, whole.places)
        assert found.completeness.complete

    @pytest.mark.parametrize("fault", ["unreachable", "server_error", "rate_limited"])
    def test_what_does_not_pass_is_unavailable(self, source: Provider, fault: str):
        source.serve(table(5))
        _inject(source, fault)

        with pytest.raises(Unavailable) as found:
            source.read()
        _explains_itself(found.value)

    def test_what_is_not_there_is_an_error(self, source: Provider):
        source.serve(table(5))
        _inject(source, "absent")

        with pytest.raises(ENDINGS) as found:
            source.read()
        _explains_itself(found.value)

    def test_a_refusal_is_not_tried_again(self, source: Provider):
        source.serve(table(5))
        _inject(source, "denied")
        before = source.requests

        with pytest.raises(AccessDenied) as found:
            source.read()
        _explains_itself(found.value)
        if before is not None and source.requests is not None:
            assert source.requests - before <= 2  # the second for a renewed token

    def test_after_a_cut_it_goes_on_to_the_same_rows(self, source: Provider, tmp_path: Path):
        source.serve(table(6 * (source.page or 50)))
        start = source.requests or 0
        whole = source.read()
        asked_whole = (source.requests or 0) - start
        _inject(source, "cut")
        pages = tmp_path / "pages"
        pages.mkdir()
        _must_break_off(source, staging=str(pages))
        source.heal()
        start = source.requests or 0

        found = source.read(staging=str(pages))

        assert (found.rows, found.places) == (whole.rows, whole.places)
        assert found.completeness.complete
        assert found.cursor == whole.cursor
        if source.made().capabilities.resumable and source.requests is not None:
            assert source.requests - start < asked_whole

    # cursors

    def test_a_cursor_brings_what_changed_and_nothing_is_lost(self, source: Provider):
        first = _incremental(source, 30)
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
        first = _incremental(source, 10)

        second = source.read(incremental=True, cursor=first.cursor)
        third = source.read(incremental=True, cursor=second.cursor or first.cursor)

        assert second.completeness.complete
        assert third.rows == second.rows

    def test_rows_of_the_same_moment_are_not_lost(self, source: Provider):
        like = table(1)
        rows = [(f"{n:07d}", "a", "b", "2026-01-01T00:00:00") for n in range(1, 8)]
        source.serve(of_rows(rows[:5], like))
        _must_be_incremental(source)
        first = source.read(incremental=True)
        source.serve(of_rows(rows, like))  # two more, with the very stamp that the cursor stands on

        second = source.read(incremental=True, cursor=first.cursor)

        assert {row[0] for row in rows} <= {row[0] for row in [*first.rows, *second.rows]}

    def test_a_cursor_never_passes_rows_that_were_not_given(self, source: Provider):
        """After every number of batches: what the cursor says and what was given are the whole table."""
        served = table(4 * (source.page or 50))
        source.serve(served)
        _must_be_incremental(source)
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
        first = _incremental(source, 4 * (source.page or 50))
        source.serve(table(4 * (source.page or 50), day=2))
        _inject(source, "cut")
        _must_break_off(source, incremental=True, cursor=first.cursor)
        source.heal()

        found = source.read(incremental=True, cursor=first.cursor)

        assert len({row[0] for row in found.rows}) == 4 * (source.page or 50)

    def test_rows_that_are_gone_are_said(self, source: Provider):
        if not source.made().capabilities.deletes:
            pytest.skip(f"{source.connector} says nothing of deleted rows")
        first = _incremental(source, 10)
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

    # what must not happen

    def test_memory_does_not_grow_with_the_table(self, source: Provider):
        if not source.many:
            pytest.skip("the provider serves no large table")
        few, many = table(source.many // 4, width=30), table(source.many, width=30)
        source.serve(few)
        _peak(source)  # libraries and buffers are warm after this
        small = _peak(source)
        source.serve(many)
        size = sum(len(c or "") for row in many.rows() for c in row)

        large = _peak(source)

        assert large - small < size / 2, f"{(large - small) >> 20} MB more for {size >> 20} MB of rows"

    def test_no_secret_is_shown(self, source: Provider, caplog: pytest.LogCaptureFixture):
        if not source.secrets:
            pytest.skip("the provider has no secret")
        source.serve(table(2 * (source.page or 5)))
        caplog.set_level(logging.DEBUG)
        request, connector = source.request(), source.made()
        shown = [repr(request), repr(connector), str(connector.check(request))]
        shown += [str(connector.discover(request)), repr(connector.fingerprint(request))]
        read = connector.read(request)
        found = drain(read)
        shown += [repr(read), repr(found.places), repr(found.completeness), str(found.cursor)]
        for fault in ("denied", "server_error", "truncated", "unreachable"):
            if source.inject(fault):
                shown += _shown_error(source)
                source.heal()
        shown += [caplog.text]

        for value in source.secrets.values():
            encoded = base64.b64encode(value.encode()).decode().rstrip("=")
            for text in shown:
                assert value not in text
                assert quote_plus(value) not in text
                assert encoded not in text


def _inject(source: Provider, fault: str) -> None:
    if not source.inject(fault):
        pytest.skip(f"the provider has no way to be {fault!r}")


def _explains_itself(error: IngestError) -> None:
    assert error.problem
    assert error.where or error.source, "an error names where it happened"
    assert error.not_done or error.fix, "an error says what was not done, or what to do"


def _must_break_off(source: Provider, **asked: Any) -> None:
    try:
        found = source.read(**asked)
    except ENDINGS:
        return
    assert not found.completeness.complete, "the source broke off, and the read claims to be complete"


def _until(batches: Iterator, rows: int) -> Iterator:
    for batch in batches:
        yield batch
        rows -= batch.frame.height
        if rows <= 0:
            return


def _must_be_incremental(source: Provider) -> None:
    if not source.made().capabilities.incremental:
        pytest.skip(f"{source.connector} has no cursor")


def _incremental(source: Provider, count: int) -> Drained:
    _must_be_incremental(source)
    source.serve(table(count))
    return source.read(incremental=True)


def _cursor_of(read) -> str | None:
    """The cursor before the end; a read may refuse to tell it then."""
    try:
        return read.cursor()
    except Exception:
        return None


def _laid_over(base: Table, later: Table) -> Table:
    rows = {row[0]: row for row in base.rows()} | {row[0]: row for row in later.rows()}
    return of_rows([rows[key] for key in sorted(rows, key=str)], base)


def _peak(source: Provider) -> int:
    """The most resident bytes while a table is read and dropped."""
    gc.collect()
    read, most = source.made().read(source.request()), 0
    for batch in read.batches():
        del batch
        most = max(most, _resident())
    return most


def _resident() -> int:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * _PAGE_BYTES


def _shown_error(source: Provider) -> list[str]:
    try:
        source.read()
    except IngestError as error:
        redact.redact_error(error)  # as a run does before it logs one
        return [str(error), repr(error), repr(error.__dict__), str(error.__cause__), str(error.__context__)]
    return []
