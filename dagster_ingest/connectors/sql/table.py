"""What a database says of a table."""

from __future__ import annotations

from dataclasses import dataclass

from dagster_ingest.connectors.sql.settings import SqlSettings
from dagster_ingest.errors import SpecError, among


@dataclass(frozen=True, slots=True)
class Column:
    """type: in the database's own words, such as `numeric(10,2)`; base: the same in short, `numeric`."""

    name: str
    type: str
    base: str
    nullable: bool


@dataclass(frozen=True, slots=True)
class Table:
    """key: the primary key, in its order."""

    schema: str
    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    def column(self, name: str, setting: str) -> Column:
        """The column of that name. Raises SpecError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        names = [column.name for column in self.columns]
        raise SpecError(
            f"{self.schema}.{self.name} has no column {name!r}",
            not_done="nothing was read",
            fix=among(name, names, f"correct `{setting}`; its columns:"),
        )

    def wanted(self, settings: SqlSettings) -> tuple[Column, ...]:
        """The columns to read."""
        if settings.columns is None:
            return self.columns
        return tuple(self.column(name, "columns") for name in settings.columns)

    def key_columns(self, settings: SqlSettings) -> tuple[Column, ...]:
        return tuple(self.column(name, "key") for name in settings.key or self.key)
