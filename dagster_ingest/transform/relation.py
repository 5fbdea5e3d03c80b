"""Values of column lineage: what a column is made of, and what a from clause offers.

Three ways in which an input column counts:
  value   it stands in the column's expression
  choice  it decides which value is taken: the condition of a case, the order of a window
  rows    it decides which rows there are: filter, join, grouping, order under a limit
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Table = tuple[str, str]
"""A stored table: (layer, table)."""
Leaf = tuple[str, str, str]
"""A column of a stored table: (layer, table, column)."""
Leaves = frozenset[Leaf]
ANY = "*"
"""The column that stands for those of a table whose names are not known."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a column is made of."""

    value: Leaves = frozenset()
    choice: Leaves = frozenset()

    @property
    def all(self) -> Leaves:
        return self.value | self.choice

    def chosen(self) -> Made:
        """The same inputs, where they only decide."""
        return Made(frozenset(), self.all)


NOTHING = Made()


def merged(parts: Iterable[Made]) -> Made:
    known = [part for part in parts if part is not NOTHING]
    if len(known) < 2:
        return known[0] if known else NOTHING
    value = frozenset().union(*(part.value for part in known))
    return Made(value, frozenset().union(*(part.choice for part in known)))


@dataclass(frozen=True, slots=True)
class Traced:
    """The lineage of one query.

    columns     output column to what it is made of, in order
    rows        columns that decide which rows there are
    inputs      stored tables that it reads
    unresolved  what was not understood; every column in reach was taken for it
    """

    columns: Mapping[str, Made]
    rows: Leaves
    inputs: frozenset[Table]
    unresolved: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Relation:
    """Something that can stand in a from clause.

    columns  lower-case name to (name, what it is made of)
    rest     what any other column is made of, where not all names are known
    """

    columns: Mapping[str, tuple[str, Made]]
    rows: Leaves = frozenset()
    inputs: frozenset[Table] = frozenset()
    rest: Made | None = None

    @classmethod
    def stored(cls, layer: str, table: str, columns: Sequence[str]) -> Relation:
        """A stored table; `*` among its columns stands for all those that are not known."""
        made = {name: Made(frozenset([(layer, table, name)])) for name in columns}
        rest = made.pop(ANY, None)
        known = {name.lower(): (name, of) for name, of in made.items()}
        return cls(known, inputs=frozenset([(layer, table)]), rest=rest)

    def everything(self) -> Made:
        known = [made for _, made in self.columns.values()]
        return merged([*known, self.rest] if self.rest is not None else known)

    def renamed(self, names: Sequence[str]) -> Relation:
        """With its first columns under the names of an alias list."""
        if not names:
            return self
        old = list(self.columns.values())
        if self.rest is not None:
            old += [("", self.rest)] * (len(names) - len(old))
        pairs = [(new, made) for new, (_, made) in zip(names, old, strict=False)] + old[len(names) :]
        columns = {name.lower(): (name, made) for name, made in pairs}
        return Relation(columns, self.rows, self.inputs, self.rest)
