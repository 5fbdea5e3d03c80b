"""The major versions of one table that are live at once, and what a column is called in each.

A contract says of a renamed column what it `was` in the major version before. Followed step by
step, that gives the same column's name in any other major. A name that two majors share is the
same column, unless a `was` says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dagster_ingest.spec.contract import Contract


@dataclass(frozen=True, slots=True)
class Family:
    """All majors of a system's table.

    contracts  major to contract, each at its latest minor version
    modelled   the major whose column names the dbt models read
    """

    system: str
    table: str
    contracts: Mapping[int, Contract]
    modelled: int
    _renames: dict[int, dict[str, str | None]] = field(default_factory=dict, compare=False)

    @property
    def newest(self) -> int:
        return max(self.contracts)

    @property
    def renamed(self) -> bool:
        """Whether any column has another name in another major."""
        return any(column.was for contract in self.contracts.values() for column in contract.columns)

    def renames(self, major: int) -> dict[str, str | None]:
        """Raw names as the models read them to those that a tenant on `major` lands, where they differ.

        None: what lands under that name is another column, and the models' column is not there.
        Companions of decoded columns are renamed with them.
        """
        if major not in self._renames:
            self._renames[major] = _renames(self.contracts, major, self.modelled)
        return self._renames[major]

    def gone(self, major: int) -> tuple[str, ...]:
        """Raw names that the models read and that a tenant on `major` lands under no name."""
        read, landed = self.contracts.get(self.modelled), self.contracts[major]
        if read is None or major == self.modelled:
            return ()
        renamed = {name.lower() for name in self.renames(major)}
        decoded = {rule.columns[0] for rule in read.rules if rule.kind == "decodes"}
        names = [
            c.field for c in read.columns if c.field.lower() not in renamed and not landed.column(c.field)
        ]
        return tuple(
            form for name in names for form in (name, *([f"{name}_json"] if name in decoded else ()))
        )


def renames_possible(majors: Mapping[int, Contract], one: int, other: int) -> tuple[int, ...]:
    """The majors whose contracts are missing to follow a column from `one` to `other`."""
    low, high = sorted((one, other))
    return tuple(major for major in range(low + 1, high + 1) if major not in majors)


def earlier_names(contracts: Mapping[int, Contract], high: int, low: int) -> dict[str, str]:
    """Raw name in `high` to raw name in the earlier major `low`, of the columns that both have."""
    found = {}
    for column in contracts[high].columns:
        name: str | None = column.field
        for major in range(high, low, -1):
            name = _before(contracts, major, name) if name else None
        if name:
            found[column.field] = name
    return found


def other_names(contracts: Mapping[int, Contract], major: int) -> dict[str, frozenset[str]]:
    """Raw name in `major` to what the same column is called in the other majors: raw names, headings.

    A major that cannot be reached, since one between is gone, adds no names.
    """
    found: dict[str, set[str]] = {}
    for here, there, other in _pairs(contracts, major):
        if here.lower() == there.lower():
            continue
        names = found.setdefault(here, set())
        names.add(there)
        if other in contracts and (column := contracts[other].column(there)):
            names.add(column.name)
    return {name: frozenset(names) for name, names in found.items()}


def _pairs(contracts: Mapping[int, Contract], major: int) -> Iterator[tuple[str, str, int]]:
    """(name in `major`, name in the other, other) for every column that both have."""
    # The major before the first is gone, but the first still says what its columns were there.
    for other in {*contracts, min(contracts) - 1}:
        if other == major or renames_possible(contracts, major, other):
            continue
        high, low = max(major, other), min(major, other)
        for name, earlier in earlier_names(contracts, high, low).items():
            yield (name, earlier, other) if major == high else (earlier, name, other)


def _before(contracts: Mapping[int, Contract], major: int, name: str) -> str | None:
    """The name in the major before; None for a column that is new."""
    column = contracts[major].column(name)
    if column is None:
        return None
    if column.was:
        return column.was
    previous = contracts.get(major - 1)
    return column.field if previous is None or previous.column(column.field) else None


def _renames(contracts: Mapping[int, Contract], major: int, modelled: int) -> dict[str, str | None]:
    if major == modelled or renames_possible(contracts, major, modelled):
        return {}
    found: dict[str, str | None] = {}
    if major > modelled:
        pairs = earlier_names(contracts, major, modelled)
        found.update({read: landed for landed, read in pairs.items() if landed.lower() != read.lower()})
    else:
        pairs = {landed: read for read, landed in earlier_names(contracts, modelled, major).items()}
        found.update({read: landed for landed, read in pairs.items() if landed.lower() != read.lower()})
    taken, read_from = {name.lower() for name in found}, contracts.get(modelled)
    for landed, read in pairs.items():
        reused = read_from is not None and read_from.column(landed) is not None
        if reused and landed.lower() != read.lower() and landed.lower() not in taken:
            found[landed] = None
    decoded = {rule.columns[0].lower() for rule in contracts[major].rules if rule.kind == "decodes"}
    for read, other in list(found.items()):
        if other and other.lower() in decoded:
            found[f"{read}_json"] = f"{other}_json"
    return found
