"""A small stage, and what becomes of it: for tests of what is written when little changes."""

from __future__ import annotations

import copy
from typing import Any

from dagster_ingest.publish.base import StagePartition
from dagster_ingest.testing.stage import stage_partition
from dagster_ingest.testing.stage_search import search_rows

Rows = dict[str, list[dict[str, Any]]]


def rows(state: str = "FL") -> Rows:
    return search_rows(12, tenant="gulf", state=state)


def changed(some: Rows) -> Rows:
    """A phone number is another, and a record is gone."""
    new = copy.deepcopy(some)
    new["search_record"][3]["phone"] = "850-555-0100"
    del new["search_record"][5]
    return new


def partition(some: Rows, state: str = "FL") -> StagePartition:
    return stage_partition(some, tenant="gulf", state=state)
