"""A run to be made and what became of it. Values, picklable, free of dagster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Side = Literal["writers", "readers"]


@dataclass(frozen=True, slots=True)
class Task:
    """One run: a side of a tenant for a state.

    layers  only these; none means all
    tables  only these raw tables, or `layer/table`, and what hangs on them; none means all
    replay  of these tables, out of what was kept instead of the source
    retry   only what failed
    force   models and publications anew, although nothing has changed
    tags    more tags of the run
    """

    tenant: str
    state: str
    side: Side
    layers: tuple[str, ...] = ()
    retry: bool = False
    tables: tuple[str, ...] = ()
    replay: bool = False
    force: bool = False
    tags: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a task. Assets are named `layer/table`, checks `layer/table/check`.

    run_id   None when there was nothing to run
    held     why a reader was not started, although there is something to show
    """

    task: Task
    run_id: str | None
    success: bool
    materialized: tuple[str, ...] = ()
    failed_checks: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    held: str | None = None
