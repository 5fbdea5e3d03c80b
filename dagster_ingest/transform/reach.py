"""What hangs on a column, through all tables of a tenant: the lineages of its models read forwards."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from dagster_ingest.transform.relation import ANY, Leaf, Table, Traced

Way = Literal["value", "choice"]


@dataclass(slots=True)
class Reach:
    """What hangs on some columns of one table.

    columns  downstream table to its columns: `value` where the column is made of them, `choice` where
             they only decide which value is taken
    rows     downstream tables whose rows they decide by the table's own SQL
    follows  downstream tables whose rows hang on such rows, ids or choices, one step or more away
    """

    columns: dict[Table, dict[str, Way]] = field(default_factory=dict)
    rows: set[Table] = field(default_factory=set)
    follows: set[Table] = field(default_factory=set)

    @property
    def tables(self) -> set[Table]:
        return {*self.columns, *self.rows, *self.follows}

    def __bool__(self) -> bool:
        return bool(self.tables)


def union(parts: Iterable[Reach]) -> Reach:
    """What hangs on any of several starts."""
    found = Reach()
    for part in parts:
        for table, ways in part.columns.items():
            known = found.columns.setdefault(table, {})
            known.update({name: way for name, way in ways.items() if known.get(name) != "value"})
        found.rows |= part.rows
        found.follows |= part.follows
    found.follows -= found.rows
    return found


class Lineage:
    """The tables of a tenant with their lineages, (layer, table) to Traced."""

    def __init__(self, tables: Mapping[Table, Traced]) -> None:
        self.tables = tables
        self._makes: dict[Leaf, list[tuple[Leaf, Way]]] = {}
        self._decides: dict[Leaf, list[Table]] = {}
        self._read_by: dict[Table, list[Table]] = {}
        for table, traced in tables.items():
            for name, made in traced.columns.items():
                for leaf in made.value:
                    self._makes.setdefault(_key(leaf), []).append(((*table, name), "value"))
                for leaf in made.choice - made.value:
                    self._makes.setdefault(_key(leaf), []).append(((*table, name), "choice"))
            for leaf in traced.rows:
                self._decides.setdefault(_key(leaf), []).append(table)
            for source in traced.inputs:
                self._read_by.setdefault(source, []).append(table)

    def readers(self, table: Table) -> list[Table]:
        """The tables that read a table directly, whatever they take of it."""
        return sorted(self._read_by.get(table, []))

    def downstream(self, table: Table, columns: Collection[str] | None) -> Reach:
        """What hangs on `columns` of `table`; None: on the table as a whole, its rows included."""
        reach = Reach()
        starts = [leaf for leaf in (*self._makes, *self._decides) if leaf[:2] == _key((*table, ""))[:2]]
        if columns is not None:
            wanted = {ANY, *(name.lower() for name in columns)}
            starts = [leaf for leaf in starts if leaf[2] in wanted]
        self._follow_columns(dict.fromkeys(starts), reach)
        if columns is None:
            reach.rows.update(self._read_by.get(table, []))
        self._follow_rows(reach)
        return reach

    def _follow_columns(self, starts: Collection[Leaf], reach: Reach) -> None:
        queue: deque[tuple[Leaf, Way]] = deque((leaf, "value") for leaf in starts)
        while queue:
            leaf, way = queue.popleft()
            for (layer, table, name), edge in self._makes.get(_key(leaf), ()):
                onward: Way = "value" if way == edge == "value" else "choice"
                known = reach.columns.setdefault((layer, table), {})
                if known.get(name) not in ("value", onward):
                    known[name] = onward
                    queue.append(((layer, table, name), onward))
            decided = reach.rows if way == "value" else reach.follows
            decided.update(self._decides.get(_key(leaf), ()))

    def _follow_rows(self, reach: Reach) -> None:
        queue = deque([*reach.rows, *reach.follows])
        while queue:
            for reader in self._read_by.get(queue.popleft(), ()):
                if reader not in reach.rows and reader not in reach.follows:
                    reach.follows.add(reader)
                    queue.append(reader)
        reach.follows -= reach.rows


def _key(leaf: Leaf) -> Leaf:
    """Raw columns are told apart without regard to case, as DuckDB does."""
    return (leaf[0], leaf[1], leaf[2].lower())
