"""Connector to staged, audited candidate.

`SourceLoad` and `load_table` are looked up on first use: naming this package imports no polars.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dagster_ingest.extract.load import load_table
    from dagster_ingest.extract.result import Drift, LoadResult
    from dagster_ingest.extract.source import SourceLoad

_HOMES = {"load_table": "load", "SourceLoad": "source", "LoadResult": "result", "Drift": "result"}
__all__ = ["Drift", "LoadResult", "SourceLoad", "load_table"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
