"""What becomes of a read when the source fails, refuses, or breaks off."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_ingest.errors import AccessDenied, Unavailable
from dagster_ingest.testing.connectors.helpers import ENDINGS, explains_itself, inject, must_break_off
from dagster_ingest.testing.served import Provider, drain, table

ONCE = ("once:timeout", "once:reset", "once:server_error", "once:rate_limited")
PARTIAL = ("truncated", "short", "cut", "denied_midway", "loop")


class Faults:
    @pytest.mark.parametrize("fault", PARTIAL)
    def test_a_partial_sweep_is_never_complete(self, source: Provider, fault: str):
        count = 4 * (source.page or 50)
        source.serve(table(count))
        inject(source, fault)
        try:
            read = source.made().read(source.request())
            found = drain(read, at_most=20 * count)
        except ENDINGS as error:
            explains_itself(error)
            return
        assert not found.completeness.complete
        assert found.completeness.reason
        assert found.deletions is None

    @pytest.mark.parametrize("fault", ONCE)
    def test_what_passes_is_tried_again(self, source: Provider, fault: str):
        source.serve(table(4 * (source.page or 50)))
        whole = source.read()
        inject(source, fault)

        found = source.read()

        assert (found.rows, found.places) == (whole.rows, whole.places)
        assert found.completeness.complete

    @pytest.mark.parametrize("fault", ["unreachable", "server_error", "rate_limited"])
    def test_what_does_not_pass_is_unavailable(self, source: Provider, fault: str):
        source.serve(table(5))
        inject(source, fault)

        with pytest.raises(Unavailable) as found:
            source.read()
        explains_itself(found.value)

    def test_what_is_not_there_is_an_error(self, source: Provider):
        source.serve(table(5))
        inject(source, "absent")

        with pytest.raises(ENDINGS) as found:
            source.read()
        explains_itself(found.value)

    def test_a_refusal_is_not_tried_again(self, source: Provider):
        source.serve(table(5))
        inject(source, "denied")
        before = source.requests

        with pytest.raises(AccessDenied) as found:
            source.read()
        explains_itself(found.value)
        if before is not None and source.requests is not None:
            assert source.requests - before <= 2  # the second for a renewed token

    def test_after_a_cut_it_goes_on_to_the_same_rows(self, source: Provider, tmp_path: Path):
        source.serve(table(6 * (source.page or 50)))
        start = source.requests or 0
        whole = source.read()
        asked_whole = (source.requests or 0) - start
        inject(source, "cut")
        pages = tmp_path / "pages"
        pages.mkdir()
        must_break_off(source, staging=str(pages))
        source.heal()
        start = source.requests or 0

        found = source.read(staging=str(pages))

        assert (found.rows, found.places) == (whole.rows, whole.places)
        assert found.completeness.complete
        assert found.cursor == whole.cursor
        if source.made().capabilities.resumable and source.requests is not None:
            assert source.requests - start < asked_whole
