"""What a statement asks of its session: CURRENT_ROLE() and the like, and its history of queries."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import Expr

    from dagster_ingest.testing.snowflake.session import Session

_HISTORY = re.compile(
    r"table\s*\(\s*(?:[\w$\"]+\s*\.\s*)?information_schema\s*\.\s*query_history(_by_session)?\s*"
    r"\((?:[^()]|\([^()]*\))*\)\s*\)",
    re.IGNORECASE,
)


def with_history(sql: str, session: int) -> str:
    """The table functions of INFORMATION_SCHEMA as the tables that they read."""

    def tables(found: re.Match) -> str:
        table = "SNOWFLAKE.ACCOUNT_USAGE.QUERY_HISTORY"
        return f"(select * from {table} where SESSION_ID = {session})" if found[1] else table

    return _HISTORY.sub(tables, sql)


def fill(expression: Expr, session: Session) -> None:
    """Put the session's own values in place of the functions that ask for them."""
    from sqlglot import exp

    known: dict[str, object] = {
        "CURRENT_ROLE": session.role,
        "CURRENT_USER": session.user,
        "CURRENT_WAREHOUSE": session.warehouse,
        "CURRENT_SESSION": session.id,
        "CURRENT_ACCOUNT": "STANDIN",
        "CURRENT_REGION": "STANDIN_LOCAL",
        "CURRENT_SECONDARY_ROLES": '{"roles":"","value":""}',
        "CURRENT_TRANSACTION": session.transaction,
        "LAST_QUERY_ID": session.last_query,
    }
    for node in list(expression.find_all(exp.Func)):
        name = node.name if isinstance(node, exp.Anonymous) else node.sql_name()
        if name.upper() in known and not node.expressions:
            value = known[name.upper()]
            filled: Expr = exp.Null() if value is None else exp.Literal.string(str(value))
            if isinstance(node.parent, exp.Select):
                filled = exp.alias_(filled, f"{name.upper()}()", quoted=True)
            node.replace(exp.cast(filled, "varchar") if value is None else filled)
