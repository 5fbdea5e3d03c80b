"""Libraries that not everybody needs, and that an extra of the package brings."""

from __future__ import annotations

from importlib.util import find_spec

from dagster_ingest.errors import SpecError


def needs(module: str, extra: str, what: str, *, not_done: str, where: str | None = None) -> None:
    """SpecError where `module` is not installed. what: is asked for, in words."""
    try:
        there = find_spec(module) is not None
    except ModuleNotFoundError:  # of a package that `module` is in
        there = False
    if not there:
        raise SpecError(
            f"{what} needs {module}, which is not installed",
            where=where,
            not_done=not_done,
            fix=f"pip install 'dagster-ingest[{extra}]'",
        )
