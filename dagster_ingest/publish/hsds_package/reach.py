"""Which services a change reaches, and which rows some services reach.

Upwards: a row that is new, other or gone makes another object of each that it is nested in, and so on up
to the services. A row that moved counts where it was and where it is. Downwards: from services to all
that their lines hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import polars as pl

from dagster_ingest.hsds import Child, Entity, entities
from dagster_ingest.publish.hsds_package.members import LINKS, link, members, nested_entities, reference

if TYPE_CHECKING:
    from dagster_ingest.publish.hsds_package.difference import Change
    from dagster_ingest.publish.hsds_package.frames import Frames


def services_reached(changes: Mapping[str, Change], frames: Frames) -> pl.Series:
    """Ids, in order, of services whose lines may be others than before; of those that went as well.

    frames  the newer side
    """
    found: dict[str, pl.DataFrame] = {}  # by entity: id and links of rows whose objects may differ
    for name in reversed(nested_entities()):
        above = _pointers(name)
        change = changes.get(name)
        own = [change.old.select(above), change.new.select(above)] if change else []
        known = pl.concat([rows["id"] for rows in own]) if own else pl.Series(dtype=pl.String)
        ids = [_parents(entities()[name], child, found, frames) for child in members(entities()[name])]
        others = pl.concat([pl.Series(dtype=pl.String), *ids]).unique()
        others = others.filter(~others.is_in(known.implode()))
        if others.len() and name != "service":
            own.append(frames.columns(name, above, {"id": others}).select(above))
        elif others.len():
            own.append(others.alias("id").to_frame())
        if own:
            found[name] = pl.concat(own)
    if "service" not in found:
        return pl.Series("id", [], dtype=pl.String)
    return found["service"]["id"].unique().sort()


def _parents(entity: Entity, child: Child, found: Mapping[str, pl.DataFrame], frames: Frames) -> pl.Series:
    """Ids of the entity's rows in which one of the rows found is nested."""
    below = found.get(child.entity)
    if below is None or below.is_empty():
        return pl.Series(dtype=pl.String)
    if child.kind == "object":
        return frames.columns(entity.name, ["id"], {reference(entity, child.entity): below["id"]})["id"]
    if child.entity in LINKS:
        below = below.filter(pl.col(LINKS[child.entity][1]) == entity.name)
    return below[link(entity, child)].drop_nulls()


def _pointers(name: str) -> list[str]:
    """`id`, and the columns that tell in what a row is nested as a member of a list."""
    if name == "service":
        return ["id"]
    if name in LINKS:
        return ["id", *LINKS[name]]
    above = [
        link(entities()[parent], child)
        for parent in nested_entities()
        for child in members(entities()[parent])
        if child.entity == name and child.kind == "array"
    ]
    return list(dict.fromkeys(["id", *above]))


def rows_reached(services: pl.Series, frames: Frames) -> dict[str, pl.DataFrame]:
    """By entity: rows that lines of these services hold, all of them, and perhaps some more."""
    found = {"service": frames.where("service", {"id": services})}
    for name in nested_entities():
        if name == "service":
            continue
        wanted: dict[str, list[pl.Series]] = {}
        for parent, rows in found.items():
            for child in members(entities()[parent]):
                if child.entity != name:
                    continue
                if child.kind == "object":
                    column, ids = "id", rows[reference(entities()[parent], name)].drop_nulls()
                else:
                    column, ids = link(entities()[parent], child), rows["id"]
                if ids.len():
                    wanted.setdefault(column, []).append(ids)
        found[name] = (
            frames.where(name, {column: pl.concat(ids) for column, ids in wanted.items()})
            if wanted
            else pl.DataFrame(schema={f.name: pl.String for f in entities()[name].fields})
        )
    return found
