"""The folder for pages: kept while a read is not at its end, gone after it, never two loads' at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dagster_ingest.connectors.base import ReadRequest
from dagster_ingest.errors import SpecError
from dagster_ingest.extract.around import Around


@pytest.fixture
def around(tmp_path: Path) -> Around:
    return Around(tmp_path / "work", {"TOKEN": "value"}.__getitem__)


@pytest.fixture
def request_() -> ReadRequest:
    return ReadRequest("acme", "feed", "things", "IA", {}, "drops")


def _page(reading) -> Path:
    return Path(reading.request.staging) / "page-1"


def test_pages_outlive_a_read_that_did_not_end(around, request_):
    with around.reading(request_, "") as reading:
        _page(reading).write_text("rows")

    with around.reading(request_, "") as reading:
        assert _page(reading).read_text() == "rows"
        reading.ended()
        assert not _page(reading).parent.exists()


def test_pages_from_before_the_last_commit_are_gone(around, request_):
    with around.reading(request_, "") as reading:
        _page(reading).write_text("rows")
    later = (datetime.now(UTC) + timedelta(seconds=1)).isoformat(timespec="seconds")

    with around.reading(request_, later) as reading:
        assert not _page(reading).exists()


def test_pages_are_of_one_partition(around, request_):
    other = ReadRequest("acme", "feed", "things", "NE", {}, "drops")
    with around.reading(request_, "") as one, around.reading(other, "") as two:
        assert one.request.staging != two.request.staging


def test_a_second_load_of_the_partition_has_none(around, request_):
    with around.reading(request_, "") as first, around.reading(request_, "") as second:
        assert second.request.staging is None
        _page(first).write_text("rows")
        second.ended()
        assert _page(first).exists()


def test_secrets_and_limits_come_with_the_request(around, request_):
    with around.reading(request_, "") as reading:
        assert reading.request.secret("TOKEN") == "value"
        assert reading.request.revealed({"a": [{"secret": "TOKEN"}], "b": 1}) == {"a": ["value"], "b": 1}
        assert "value" not in repr(reading.request)
        assert reading.request.limits


def test_a_request_of_its_own_has_no_secrets(request_):
    with pytest.raises(SpecError, match="not to be had"):
        request_.secret("TOKEN")
