"""Stores for the tests that every reader inherits, and the partitions that they are given."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, ClassVar

from dagster_ingest.publish.base import Reader, StagePartition
from dagster_ingest.testing.stage import stage_partition
from dagster_ingest.testing.stage_sample import Rows
from dagster_ingest.testing.stage_search import search_rows

TENANT, STATE, OTHER = "gulf", "FL", "AL"


class NoStore(Exception):
    """There is no store to test against. The message says why."""


class Provider(AbstractContextManager["Provider"], ABC):
    """A store that runs between enter and exit.

    points   where a publish can be killed (see faults)
    keeps    whether a rollback is possible after a bulk publish
    by_state whether a rollback takes a state
    """

    points: ClassVar[tuple[str, ...]]
    keeps: ClassVar[bool] = False
    by_state: ClassVar[bool] = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @abstractmethod
    def empty(self) -> None:
        """Remove all that was published."""

    @abstractmethod
    def reader(self) -> Reader:
        """A reader of its own each time, as each process has one."""

    @abstractmethod
    def dump(self) -> bytes:
        """Every byte that the store holds, what is kept for a rollback included."""

    @abstractmethod
    def spoil(self, text: str) -> None:
        """Change a text that is shown, past the reader."""

    @abstractmethod
    def program(self) -> tuple[str, dict[str, str]]:
        """Python source that makes `reader`, and the variables that it needs."""


def made(
    services: int = 8, *, seed: int = 1, state: str = STATE, rows: Rows | None = None, **parts: Any
) -> StagePartition:
    some = rows or rows_of(services, seed=seed, state=state)
    return stage_partition(some, tenant=TENANT, state=state, **parts)


def rows_of(services: int = 8, *, seed: int = 1, state: str = STATE) -> Rows:
    rows = search_rows(services, seed=seed, tenant=TENANT, state=state)
    for row in rows["search_record"]:  # a column without any value would have no type
        row |= {"minimum_age": row["minimum_age"] or 0.0, "maximum_age": row["maximum_age"] or 99.5}
    return rows


def without(rows: Rows, *services: str) -> Rows:
    """Rows without these services and without all that refers to them."""
    gone, before = set(services), -1
    while before != len(gone):
        before = len(gone)
        for some in rows.values():
            gone |= {row["id"] for row in some if gone & {v for v in row.values() if isinstance(v, str)}}
    return {name: [row for row in some if row["id"] not in gone] for name, some in rows.items()}


def saying(rows: Rows, service: str, text: str) -> Rows:
    """Rows in which a service has another name."""
    return _changed(rows, service, {"name": text}, {"service_name": text, "display_name": text})


def describing(rows: Rows, service: str, text: str | None) -> Rows:
    """Rows in which a service has another description, or none."""
    return _changed(rows, service, {"description": text}, {"service_description": text})


def _changed(rows: Rows, service: str, says: Mapping[str, Any], records_say: Mapping[str, Any]) -> Rows:
    """Rows in which a service, and its search records, say something else."""
    changed = copy.deepcopy(rows)
    for row in changed["service"]:
        if row["id"] == service:
            row |= says
    for row in changed["search_record"]:
        if row["service_id"] == service:
            row |= records_say
    return changed
