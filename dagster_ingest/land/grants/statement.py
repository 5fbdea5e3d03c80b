"""One statement of a plan: what it does, why, by whom, and how one sees that it is done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

Fact = tuple[str, ...]
"""What is so once the statement ran, in the words of against.py: ("role", "INGEST_GULF_WRITER")."""

# Snowflake's own roles, each for what it is there for.
ACCOUNT, SECURITY, SYSTEM, USERS = "ACCOUNTADMIN", "SECURITYADMIN", "SYSADMIN", "USERADMIN"


@dataclass(frozen=True, slots=True)
class Statement:
    """sql     one statement without its semicolon, right to run again
    role    the role of Snowflake's that runs it
    reason  why it is there
    tenant  whose it is, "" for the platform's
    facts   all of them hold: nothing to do. Empty: that cannot be told, it is always in the plan
    """

    sql: str
    role: str
    reason: str
    tenant: str = ""
    facts: tuple[Fact, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {"sql": self.sql, "role": self.role, "reason": self.reason, "tenant": self.tenant or None}


@dataclass(frozen=True, slots=True)
class Plan:
    """Statements in the order in which they run, and what they do not do, in words."""

    statements: tuple[Statement, ...]
    notes: tuple[str, ...] = ()

    def script(self) -> str:
        return "\n".join([*(f"-- Note: {note}" for note in self.notes), *_lines(self.statements)]) + "\n"


def with_roles(statements: Sequence[Statement]) -> Iterable[tuple[str | None, Statement]]:
    """Each statement with the role to change to before it, None where that is in force."""
    role = ""
    for statement in statements:
        yield (statement.role if statement.role != role else None), statement
        role = statement.role


def _lines(statements: Sequence[Statement]) -> Iterable[str]:
    reason = None
    for role, statement in with_roles(statements):
        if role:
            yield f'\nuse role "{role}";'
        if statement.reason != reason or role:
            yield f"\n-- {statement.reason}"
        reason = statement.reason
        yield f"{statement.sql};"
