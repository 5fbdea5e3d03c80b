"""Run a plan, statement by statement, and tell of each what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from dagster_ingest.errors import IngestError
from dagster_ingest.land.grants.names import identifier
from dagster_ingest.land.grants.statement import Plan, Statement, with_roles
from dagster_ingest.land.tags import tagged


@dataclass(frozen=True, slots=True)
class Done:
    """error  what Snowflake said against it, None where it ran"""

    statement: Statement
    error: IngestError | None = None

    def as_dict(self) -> dict[str, Any]:
        return {**self.statement.as_dict(), "error": self.error.problem if self.error else None}


def apply(plan: Plan, run: Callable[[str], Any]) -> Iterator[Done]:
    """Ends at the first statement that fails, for those after it rest on it; all can be run again.

    `run` opens its session with the tags of the context, and raises IngestError.
    """
    for role, statement in with_roles(plan.statements):
        with tagged(tenant=statement.tenant, layer="platform", table="grants"):
            try:
                if role:
                    run(f"use role {identifier(role)}")
                run(statement.sql)
            except IngestError as error:
                yield Done(statement, error)
                return
        yield Done(statement)
