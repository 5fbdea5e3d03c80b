"""When readers follow: what a tenant may ask, and what is refused."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from dagster_ingest.publish.registry import facing
from dagster_ingest.spec.models import Target
from dagster_ingest.spec.trigger import Trigger

SEARCH = {"reader": "opensearch", "url": "SEARCH_URL"}


def test_left_out_it_is_a_minute_and_an_hour():
    assert Trigger().model_dump(exclude={"upstream"}) == {"coalesce": "1m", "at_latest": "1h"}


@pytest.mark.parametrize("given", [{"coalesce": "2h"}, {"coalesce": "5m", "at_latest": "4m"}])
def test_a_window_that_is_longer_than_the_latest_is_refused(given):
    with pytest.raises(ValidationError, match="which is more than"):
        Trigger.model_validate(given)


@pytest.mark.parametrize("given", [{"coalesce": "0m"}, {"coalesce": "5 minutes"}, {"colaesce": "5m"}])
def test_what_is_no_duration_or_no_key_is_refused(given):
    with pytest.raises(ValidationError):
        Trigger.model_validate(given)


@pytest.mark.parametrize(
    ("change", "due"),
    [
        ({"tenant_id": "another"}, True),
        ({"url": "OTHER_URL"}, True),
        ({"engine": "elasticsearch"}, True),
        ({"engine": "opensearch"}, False),
        ({"mode": "bulk", "coalesce": "5m", "max_delete_share": 0.1, "keep_previous": False}, False),
        ({"shards": 3, "replicas": 2, "api_key": "SEARCH_API_KEY"}, False),
    ],
)
def test_a_reader_is_due_where_what_it_shows_or_where_has_changed(change, due):
    target = TypeAdapter(Target)
    one, two = target.validate_python(SEARCH), target.validate_python({**SEARCH, **change})
    assert (facing(one) != facing(two)) == due
