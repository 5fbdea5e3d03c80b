"""MERGE by DuckDB's own MERGE: whole inside a transaction, any form of its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

_WORDS = {"INSERT": "inserted", "UPDATE": "updated", "DELETE": "deleted"}


def statement(merge: exp.Merge) -> str:
    """The MERGE in DuckDB's SQL, which gives one row for each row that it touched: what was done."""
    from sqlglot import exp

    merge = merge.copy()
    for when in merge.args["whens"].expressions:
        then = when.args.get("then")
        if isinstance(then, exp.Update):  # Snowflake allows the target's alias here, DuckDB does not
            for assignment in then.expressions:
                assignment.this.set("table", None)
        if isinstance(then, exp.Insert) and isinstance(then.this, exp.Tuple):
            for column in then.this.expressions:
                if isinstance(column, exp.Column):
                    column.set("table", None)
    return merge.sql(dialect="duckdb") + " returning merge_action"


def counts(merge: exp.Merge, actions: list[str]) -> str:
    """Snowflake's answer as a query: a count for each kind of thing that the statement may do."""
    from sqlglot import exp

    may = []
    for when in merge.args["whens"].expressions:
        then = when.args.get("then")
        kind = (
            "INSERT"
            if isinstance(then, exp.Insert)
            else "UPDATE"
            if isinstance(then, exp.Update)
            else "DELETE"
        )
        may.append(kind)
    listed = [
        f'{sum(action == kind for action in actions)}::bigint as "number of rows {word}"'
        for kind, word in _WORDS.items()
        if kind in may
    ]
    return f"select {', '.join(listed)}"
