"""The query tag of a statement: JSON of what it is run for, within what Snowflake takes."""

from __future__ import annotations

from collections.abc import Mapping

from dagster_ingest.land import tags

LONGEST = 2000  # characters; Snowflake refuses longer tags
FIRST = ("tenant", "state", "layer", "table", "run_id", "load_id")


def query_tag(under: Mapping[str, str], **more: str) -> str:
    """Tags of this context over `under` (those of target and tenant), and `more` over both.

    Of a tag that would be too long, the longest of what is not in FIRST goes first.
    """
    merged = {**under, **tags.current(), **more}
    with tags.tagged(**dict.fromkeys(tags.current(), "")):  # they are in `merged` already
        shown = tags.as_json(**merged)
        while len(shown) > LONGEST and merged:
            rest = [name for name in merged if name not in FIRST] or list(merged)
            merged.pop(max(rest, key=lambda name: len(merged[name])))
            shown = tags.as_json(**merged)
        return shown
