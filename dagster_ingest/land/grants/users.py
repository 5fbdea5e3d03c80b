"""The user as which the platform signs in: its roles, one at a time, from known networks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dagster_ingest.land.grants.names import Names, identifier, text, user_name
from dagster_ingest.land.grants.roles import granted
from dagster_ingest.land.grants.statement import SECURITY, Statement


def users(tenants: Sequence[Names], user: str, networks: Sequence[str]) -> Iterator[Statement]:
    """Nothing here makes the user: how it signs in is an administrator's matter."""
    quoted, folded = user_name(user), user.upper()
    for names in tenants:
        why = f"{user} loads {names.tenant} as {names.writer}"
        yield granted(names.writer, "user", folded, quoted, names.tenant, why)
    why = f"{user} asks what statements cost as {tenants[0].cost}"
    yield granted(tenants[0].cost, "user", folded, quoted, "", why)
    yield Statement(
        f"alter user {quoted} set default_secondary_roles = ()",
        SECURITY,
        "Else a session for one tenant holds the roles of all the others as secondary ones",
    )
    if networks:
        yield from _network(tenants[0], quoted, networks)


def _network(names: Names, user: str, networks: Sequence[str]) -> Iterator[Statement]:
    policy = f"{names.platform}_NETWORK"
    allowed = f"allowed_ip_list = ({', '.join(text(network) for network in networks)})"
    yield Statement(
        f"create network policy if not exists {identifier(policy)} {allowed}",
        SECURITY,
        "The platform signs in from its own networks only",
        facts=(("policy", policy),),
    )
    yield Statement(
        f"alter network policy {identifier(policy)} set {allowed}",
        SECURITY,
        "One that was there before gets the networks of the target",
    )
    yield Statement(
        f"alter user {user} set network_policy = {identifier(policy)}",
        SECURITY,
        "The policy holds for this user, not for the account",
    )
