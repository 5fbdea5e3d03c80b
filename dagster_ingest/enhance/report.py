"""What any run that asks providers tells of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dagster_ingest.enhance.sending import State


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one provider. problem: the last one, empty where there was none."""

    state: State
    problem: str


def troubled(providers: Mapping[str, Outcome]) -> dict[str, str]:
    """Those that did not do all they were asked, with why; what a check warns of."""
    return {name: told.problem for name, told in providers.items() if told.problem}
