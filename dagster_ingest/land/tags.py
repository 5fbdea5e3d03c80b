"""What a statement in a warehouse is run for: tenant, state, layer, table, run and load, cost tags.

A step says it once (`tagged`), and whoever opens a session or commits a snapshot reads it
(`current`). It follows the thread and its context, not the process.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_current: ContextVar[dict[str, str] | None] = ContextVar("dagster_ingest_tags", default=None)


def current() -> dict[str, str]:
    """The tags of this context, outer ones included."""
    return dict(_current.get() or {})


@contextmanager
def tagged(**tags: str) -> Iterator[None]:
    """Lay tags over those of the context. An empty value takes one away."""
    merged = {name: value for name, value in {**current(), **tags}.items() if value}
    token = _current.set(merged)
    try:
        yield
    finally:
        _current.reset(token)


def as_json(**more: str) -> str:
    """The tags and `more` as one JSON object, keys in order: the form of a Snowflake query tag."""
    merged = {name: value for name, value in {**current(), **more}.items() if value}
    return json.dumps(merged, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
