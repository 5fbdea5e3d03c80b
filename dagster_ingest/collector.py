"""Python's cyclic garbage collector, where it would only walk objects that stay."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_SELDOM = (50_000, 20, 100)


def seldom() -> None:
    """From now on the collector comes after more objects than by default.

    Dagster and dbt keep a million of them for as long as a process lives. With Python's own thresholds about
    a tenth of a run's CPU goes into walking them in vain, and a quarter where tests run.
    """
    gc.set_threshold(*_SELDOM)


@contextmanager
def collector_off() -> Iterator[None]:
    """For many small objects without cycles, such as specs."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
