"""Temporary tables of a session in schemas of their own choice.

DuckDB has one place for temporary tables, without schemas. Here each is an ordinary table beside
where it should be, under a name that only its session translates, dropped when the session ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import Expr, exp

Place = tuple[str, str, str]
"""Database, schema and name, as DuckDB folds them."""


class Temporary:
    """The temporary tables of one session."""

    def __init__(self, session: int) -> None:
        self._session = session
        self._tables: dict[Place, str] = {}

    def translate(self, expression: Expr, database: str | None, schema: str | None) -> None:
        """Put the hidden names into a statement; a new temporary table gets its one."""
        from sqlglot import exp

        drops = isinstance(expression, exp.Drop) and expression.args.get("kind") == "TABLE"
        dropped = [place(table, database, schema) for table in expression.args["tables"]] if drops else []
        if isinstance(expression, exp.Create) and expression.args.get("kind") == "TABLE":
            made = place(expression.this, database, schema)
            properties = expression.args.get("properties")
            temporary = (
                [p for p in properties.expressions if isinstance(p, exp.TemporaryProperty)]
                if properties
                else []
            )
            for found in temporary:
                found.pop()
            if temporary:
                self._tables[made] = f"_TEMPORARY_{self._session}_{made[2]}"
            elif expression.args.get("replace"):
                self._tables.pop(made, None)
        names = {cte.alias_or_name.upper() for cte in expression.find_all(exp.CTE)}
        for table in list(expression.find_all(exp.Table)):
            if isinstance(table.this, exp.Identifier) and (table.db or table.name.upper() not in names):
                self._rename(table, database, schema)
        for gone in dropped:
            self._tables.pop(gone, None)

    def hidden(self) -> list[Place]:
        """Where its temporary tables really are."""
        return [(database, schema, name) for (database, schema, _), name in self._tables.items()]

    def _rename(self, table: exp.Table, database: str | None, schema: str | None) -> None:
        from sqlglot import exp

        if hidden := self._tables.get(place(table, database, schema)):
            if not table.args.get("alias") and not isinstance(
                table.parent, (exp.Create, exp.Drop, exp.Schema, exp.Insert, exp.Describe, exp.Alter)
            ):
                table.set("alias", exp.TableAlias(this=table.this.copy()))
            table.set("this", exp.to_identifier(hidden, quoted=True))


def place(target: Expr, database: str | None, schema: str | None) -> Place:
    """Where a table is that a statement names. `target` is a table, or a table with columns."""
    from sqlglot import exp

    table = target.this if isinstance(target, exp.Schema) else target
    assert isinstance(table, exp.Table)
    return (
        (table.catalog or database or "").upper(),
        (table.db or schema or "").upper(),
        table.name.upper(),
    )
