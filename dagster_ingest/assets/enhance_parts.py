"""What can be enhanced: of each part what it reads, what it makes, how it is checked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_ingest.enhance.report import Outcome, troubled
from dagster_ingest.naming import asset_key
from dagster_ingest.spec.resolved import TenantSpec
from dagster_ingest.transform.graph import Node

if TYPE_CHECKING:
    import polars as pl

LAYER = "enhanced"


@dataclass(frozen=True, slots=True)
class Work:
    """What a part is made from: stage tables by name, the frame before, and what a run gives.

    folder  where what is kept between runs lies, with `limits` of hosts that connectors share
    secret  name to value
    """

    spec: TenantSpec
    state: str
    tables: Mapping[str, pl.DataFrame]
    previous: pl.DataFrame | None
    folder: Path
    secret: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Told:
    """A verdict that warns and stops nothing."""

    passed: bool
    words: str
    metadata: Mapping[str, Any] = field(default_factory=dict)


def of_providers(providers: Mapping[str, Outcome], outcome: str, *, kept: int, waiting: int) -> Told:
    """Whether all did what they were asked. outcome: what it means for the rows where one did not."""
    states = {name: each.state for name, each in providers.items()}
    why = [f"{name} ({states[name]}): {problem}" for name, problem in troubled(providers).items()]
    if not why:
        return Told(True, "every provider did what it was asked", {"providers": states})
    metadata = {"providers": states, "kept": kept, "waiting": waiting}
    return Told(False, f"{'; '.join(why)}. {outcome}", metadata)


@dataclass(frozen=True, slots=True)
class Made:
    """metadata: of the materialization, Markdown as dagster has it.

    checks   by name
    calls, characters, money  what went to providers; money in the currency of the budget
    waiting  rows that could not be done this time
    until    ISO day from which the same input may give another result, "" for never
    """

    frame: pl.DataFrame
    metadata: Mapping[str, Any]
    checks: Mapping[str, Told]
    calls: int = 0
    characters: int = 0
    money: float = 0.0
    waiting: int = 0
    until: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of enhancement, which makes one table.

    name      its key under `enhance:`
    reads     stage tables
    volatile  columns that are no part of the data version
    checks    names of the checks, beside the one that the step itself ended well, with what they look at
    edition   of all that decides on the result beside the input; another one makes the table anew
    """

    name: str
    table: str
    description: str
    reads: tuple[str, ...]
    volatile: tuple[str, ...]
    checks: Mapping[str, str]
    edition: Callable[[TenantSpec], str]
    make: Callable[[Work], Made]

    @property
    def node_name(self) -> tuple[str, str]:
        return (LAYER, self.table)

    def node(self, spec: TenantSpec) -> Node:
        """The part's table in the graph; its code tells all but the input."""
        settings = getattr(spec.model.enhance, self.name).model_dump(mode="json")
        text = json.dumps([self.edition(spec), settings], sort_keys=True)
        code = hashlib.sha256(text.encode()).hexdigest()
        return Node(self.node_name, tuple(("stage", table) for table in self.reads), code=code)

    def where(self, spec: TenantSpec, state: str) -> str:
        return f"{'/'.join(asset_key(spec.name, *self.node_name))} {state}"


def parts_of(spec: TenantSpec) -> Iterator[Part]:
    """Those that the tenant asks for, in the order of their tables."""
    from dagster_ingest.assets.enhance_areas import AREAS
    from dagster_ingest.assets.enhance_geocoding import GEOCODING
    from dagster_ingest.assets.enhance_translation import TRANSLATION

    for part in (GEOCODING, AREAS, TRANSLATION):
        if spec.model.enhance.asks_for(part.name):
            yield part
