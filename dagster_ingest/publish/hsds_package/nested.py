"""Services as nested HSDS objects, one line of JSON each.

Objects are built as text, column by column: a value that is null leaves no trace, so absent beats
null, and a list without members is absent too. The column that links a child to the object it stands
in is left out. An organization inside a service comes without its `locations` and `programs`, which
would repeat the whole organization in each of its services; the service's own stand beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from dagster_ingest.hsds import Child, Entity, entities
from dagster_ingest.publish.hsds_package.members import LINKS, link, members, reference

_TEXT = "_text"
_SLICE = 2_000  # services held as text at once


class Nester:
    """Builds objects from the frames of one partition; what is shared is built once."""

    def __init__(self, frames: Mapping[str, pl.DataFrame]) -> None:
        self._frames = frames
        self._built: dict[tuple[str, str], pl.DataFrame] = {}
        self._of: dict[str, dict[str, pl.DataFrame]] = {}

    def services(self) -> Iterator[pl.Series]:
        """JSON objects of all services in order of id, each with the end of its line, in slices."""
        rows, text = self._joined(entities()["service"], self._frames["service"])
        for part in rows.iter_slices(_SLICE):
            yield part.select(text + "\n").to_series()

    def _encode(self, entity: Entity, rows: pl.DataFrame, within: str | None = None) -> pl.Series:
        """One JSON object for each row, in the order of the rows."""
        joined, text = self._joined(entity, rows, within)
        return joined.select(text).to_series()

    def _joined(
        self, entity: Entity, rows: pl.DataFrame, within: str | None = None
    ) -> tuple[pl.DataFrame, pl.Expr]:
        """The rows with the text of their members beside them, and what makes an object of one."""
        embedded = {within}
        children = []
        for child in members(entity):
            key = reference(entity, child.entity) if child.kind == "object" else "id"
            if child.kind == "object":
                embedded.add(key)
            found = self._members(entity, child)
            if not found.is_empty():
                rows = rows.join(
                    found.rename({_TEXT: f"_{child.name}"}),
                    left_on=key,
                    right_on="_key",
                    how="left",
                    maintain_order="left",
                )
                children.append(f"_{child.name}")
        members_text = [_member(f.name, f.type) for f in entity.fields if f.name not in embedded]
        body = pl.concat_str([*members_text, *children], separator=",", ignore_nulls=True)
        return rows, pl.concat_str(pl.lit("{"), body, pl.lit("}")).alias(_TEXT)

    def _members(self, parent: Entity, child: Child) -> pl.DataFrame:
        """`_key` and `_text` (`"name":...`): the nested member of each parent that has one."""
        at = (parent.name, child.name)
        if at not in self._built:
            build = self._object if child.kind == "object" else self._array
            self._built[at] = build(parent, child)
        return self._built[at]

    def _object(self, parent: Entity, child: Child) -> pl.DataFrame:
        rows = self._frames[child.entity]
        text = pl.lit(f'"{child.name}":') + self._encode(entities()[child.entity], rows)
        return rows.select(pl.col("id").alias("_key"), text.alias(_TEXT))

    def _array(self, parent: Entity, child: Child) -> pl.DataFrame:
        rows, key = self._frames[child.entity], link(parent, child)
        if child.entity in LINKS:
            rows = self._linked(child.entity).get(parent.name, rows.clear())
        rows = rows.filter(pl.col(key).is_not_null())
        if rows.is_empty():
            return pl.DataFrame(schema={"_key": pl.String, _TEXT: pl.String})
        objects = self._encode(entities()[child.entity], rows, key)
        joined = pl.col(_TEXT).str.join(",")
        return (
            rows.select(pl.col(key).alias("_key"), objects)
            .group_by("_key", maintain_order=True)
            .agg(pl.concat_str(pl.lit(f'"{child.name}":['), joined, pl.lit("]")).alias(_TEXT))
        )

    def _linked(self, name: str) -> dict[str, pl.DataFrame]:
        """Rows of an entity that may belong to any other, by that other's name."""
        if name not in self._of:
            parts = self._frames[name].partition_by(LINKS[name][1], as_dict=True, maintain_order=True)
            self._of[name] = {str(kind): rows for (kind,), rows in parts.items() if kind is not None}
        return self._of[name]


def _member(name: str, kind: str) -> pl.Expr:
    """`"name":value`, or null where there is no value."""
    if kind == "number":
        return pl.concat_str(pl.lit(f'"{name}":'), pl.col(name))
    encoded = pl.struct(name).struct.json_encode().str.slice(1).str.head(-1)
    return pl.when(pl.col(name).is_not_null()).then(encoded)
