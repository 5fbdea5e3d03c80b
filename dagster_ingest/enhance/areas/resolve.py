"""Rows of `service_area` to places and outlines, and what of them names nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dagster_ingest.enhance.areas.extent import outline_of_extent
from dagster_ingest.enhance.areas.outline import outline
from dagster_ingest.enhance.areas.words import Meaning, meaning

if TYPE_CHECKING:
    import polars as pl

_READ = ("id", "name", "description", "extent", "_state")


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A text that names no place we know, and on how many rows it stands."""

    text: str
    state: str
    rows: int


@dataclass(frozen=True, slots=True)
class AreaReport:
    """rows: all. resolved: those with an outline. by_kind: places by kind, `extent` for shipped outlines.
    approximate: rows with a circle in their outline. ambiguous: rows that could have meant another place."""

    rows: int
    resolved: int
    by_kind: dict[str, int]
    approximate: int
    ambiguous: int
    unresolved: tuple[Unresolved, ...]


@dataclass(frozen=True, slots=True)
class ResolvedAreas:
    """frame: a row for each row of the input, in its order:

    id           of the service_area
    places       ids such as `county:19153`; empty where nothing was found, or the source shipped an outline
    approximate  an outline of circles around ZIP codes
    ambiguous    the text could have meant another place
    unresolved   the parts of the text that name nothing
    outline      GeoJSON text, or null
    """

    frame: pl.DataFrame
    report: AreaReport


def resolve(rows: pl.DataFrame) -> ResolvedAreas:
    """rows: `service_area` of the stage layer (id, name, description, extent, _state)."""
    import json

    import polars as pl

    present = [column for column in _READ if column in rows.columns]
    made: list[dict[str, Any]] = []
    kinds: Counter[str] = Counter()
    unknown: Counter[tuple[str, str]] = Counter()
    for row in rows.select(present).iter_rows(named=True):
        shipped = outline_of_extent(row.get("extent"))
        found = Meaning() if shipped else _meaning(row)
        kinds.update(["extent"] if shipped else [place.kind for place in found.places])
        unknown.update((text, row["_state"]) for text in found.unknown)
        drawn = None if shipped else outline(found.places)
        made.append(
            {
                "id": row["id"],
                "places": [place.id for place in found.places],
                "approximate": any(place.approximate for place in found.places),
                "ambiguous": found.ambiguous,
                "unresolved": list(found.unknown),
                "outline": shipped or (json.dumps(drawn) if drawn else None),
            }
        )
    frame = pl.DataFrame(made, schema=_schema())
    report = AreaReport(
        rows=frame.height,
        resolved=frame["outline"].count(),
        by_kind=dict(sorted(kinds.items())),
        approximate=int(frame["approximate"].sum()),
        ambiguous=int(frame["ambiguous"].sum()),
        unresolved=tuple(Unresolved(text, state, n) for (text, state), n in unknown.most_common()),
    )
    return ResolvedAreas(frame, report)


def _meaning(row: dict[str, Any]) -> Meaning:
    name, description = row.get("name"), row.get("description")
    if name:
        return meaning(name, description, row["_state"])
    return meaning(description, None, row["_state"]) if description else Meaning()


def _schema() -> dict[str, Any]:
    import polars as pl

    texts = pl.List(pl.String)
    return {
        "id": pl.String,
        "places": texts,
        "approximate": pl.Boolean,
        "ambiguous": pl.Boolean,
        "unresolved": texts,
        "outline": pl.String,
    }
