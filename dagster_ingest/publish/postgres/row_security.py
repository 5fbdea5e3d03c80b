"""Row-level security: who does not own the tables sees a tenant's rows only after naming the tenant.

    set app.tenant = 'gulf';

It guards an application that serves several tenants over one role against asking the wrong schema. Who may
run any SQL may name any tenant; for those there are roles and grants on schemas.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dagster_ingest.publish.postgres.driver import sql

SETTING = "app.tenant"
POLICY = "_ingest_tenant"


def guarded(schema: str, table: str, tenant: str) -> Iterator[sql.Composed]:
    """Statements that put one table under the policy. Its owner, who publishes, is not bound by it."""
    on = sql.Identifier(schema, table)
    yield sql.SQL("drop policy if exists {} on {}").format(sql.Identifier(POLICY), on)
    yield sql.SQL("create policy {} on {} for select using (current_setting({}, true) = {})").format(
        sql.Identifier(POLICY), on, sql.Literal(SETTING), sql.Literal(tenant)
    )
    yield sql.SQL("alter table {} enable row level security").format(on)


def opened(schema: str, table: str) -> Iterator[sql.Composed]:
    """Statements that take the policy away."""
    on = sql.Identifier(schema, table)
    yield sql.SQL("alter table {} disable row level security").format(on)
    yield sql.SQL("drop policy {} on {}").format(sql.Identifier(POLICY), on)


def differing(
    schema: str, tenant: str, tables: Iterable[str], secured: frozenset[str], *, wanted: bool
) -> Iterator[sql.Composed]:
    """Statements that bring tables to what is wanted. secured: those that carry the policy now."""
    for table in tables:
        if wanted and table not in secured:
            yield from guarded(schema, table, tenant)
        elif not wanted and table in secured:
            yield from opened(schema, table)
