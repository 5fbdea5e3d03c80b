"""Which rows of a feed belong to which state."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from dagster_ingest import naming
from dagster_ingest.errors import DataError
from dagster_ingest.extract.request import belonging
from dagster_ingest.spec.models import ColumnState, StateBinding


class StateSplit:
    """Divides the rows of a feed that holds several states by a column's value.

    Rows that belong to no state of the tenant are rejected under `COLUMN|state`, in the load of the
    tenant's first state alone, so that they are counted once.
    """

    def __init__(
        self, binding: StateBinding, states: Sequence[str], state: str, names: Sequence[str]
    ) -> None:
        self.counts_for_all = state == states[0] or not isinstance(binding, ColumnState)
        """Whether what belongs to no state is counted in this load."""
        self._state = state
        self._column: str | None = None
        if isinstance(binding, ColumnState):
            self._column = _column(binding.column, names)
            self.rule = naming.rule_id(self._column, "state")
            self._values = belonging(binding, states)
            self._fold = not binding.values

    @property
    def column(self) -> str | None:
        return self._column

    def __call__(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """(this state's rows, rows of no state). Other states' rows are in neither."""
        if self._column is None:
            return frame, frame.clear()
        text = pl.col(self._column).str.strip_chars()
        text = text.str.to_uppercase() if self._fold else text
        known = list(self._values)
        mine = [value for value, state in self._values.items() if state == self._state]
        rows = frame.filter(text.is_in(mine))
        if not self.counts_for_all:
            return rows, frame.clear()
        return rows, frame.filter(text.is_in(known).not_().fill_null(True))

    def elsewhere(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Rows that belong to another state of the tenant."""
        if self._column is None:
            return frame.clear()
        text = pl.col(self._column).str.strip_chars()
        text = text.str.to_uppercase() if self._fold else text
        return frame.filter(text.is_in([v for v, state in self._values.items() if state != self._state]))


def _column(heading: str, names: Sequence[str]) -> str:
    wanted = naming.column_name(heading)
    for name in names:
        if name.lower() == wanted.lower():
            return name
    raise DataError(
        f"the column {heading!r}, which says to which state a row belongs, is not there",
        rule=naming.rule_id(wanted, "present"),
        not_done="nothing was committed; the last good partition stands",
        fix="restore the heading, or correct `state.column` in the tenant file",
    )
