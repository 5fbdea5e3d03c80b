"""Roles: one that owns, one that reads costs, and of each tenant a writer and a reader."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dagster_ingest.land.grants.names import Names, identifier
from dagster_ingest.land.grants.statement import ACCOUNT, SECURITY, SYSTEM, USERS, Fact, Statement

_COST_VIEWS = ("USAGE_VIEWER", "GOVERNANCE_VIEWER")


def roles(tenants: Sequence[Names]) -> Iterator[Statement]:
    """All roles, then who is a member of which. The platform's role holds what its tenants' hold."""
    first = tenants[0]
    yield _role(first.platform, "", "Owns the databases, schemas and warehouses; nothing runs as it")
    yield _role(first.cost, "", "Reads what statements cost, and no data")
    for names in tenants:
        yield _role(names.writer, names.tenant, f"Loads and transforms {names.tenant}, and no other tenant")
        yield _role(names.reader, names.tenant, f"Reads what {names.tenant} publishes")
    yield _member(first.platform, SYSTEM, "", "Administrators manage what the platform owns")
    for names in tenants:
        for role in (names.writer, names.reader):
            yield _member(role, first.platform, names.tenant, "Tables of a tenant are the platform's, too")


def cost_views(names: Names) -> Iterator[Statement]:
    """Snowflake's views of queries and their credits."""
    for view in _COST_VIEWS:
        yield Statement(
            f'grant database role "SNOWFLAKE".{identifier(view)} to role {identifier(names.cost)}',
            ACCOUNT,
            "platform/cost asks QUERY_HISTORY and QUERY_ATTRIBUTION_HISTORY",
            facts=(("grant", "USAGE", "DATABASE ROLE", f"SNOWFLAKE.{view}", names.cost),),
        )


def granted(role: str, kind: str, to: str, quoted: str, tenant: str, reason: str) -> Statement:
    """Membership of `quoted`, a role or a user, in `role`."""
    fact: Fact = ("member", role, kind.upper(), to)
    return Statement(
        f"grant role {identifier(role)} to {kind} {quoted}", SECURITY, reason, tenant, facts=(fact,)
    )


def _member(role: str, of: str, tenant: str, reason: str) -> Statement:
    return granted(role, "role", of, identifier(of), tenant, reason)


def _role(role: str, tenant: str, reason: str) -> Statement:
    return Statement(
        f"create role if not exists {identifier(role)}", USERS, reason, tenant, facts=(("role", role),)
    )
