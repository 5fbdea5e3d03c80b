"""Names of what is set up in Snowflake, each checked and quoted before it reaches a statement."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from dagster_ingest.errors import SpecError
from dagster_ingest.naming import warehouse_schema
from dagster_ingest.spec.warehouse import SnowflakeWarehouse

LAYERS = ("raw", "elt", "stage")
READ = "stage"
_IDENTIFIER = re.compile(r"[A-Z_][A-Z0-9_$]{0,254}")
_USER = re.compile(r"[A-Z0-9_.@$-]{1,254}")
_TENANT = "{TENANT}"
_NOT_DONE = "no SQL was made"


def identifier(*parts: str) -> str:
    """A qualified name in double quotes: `"RESOURCES"."RAW_GULF"`. In capitals, so that it is the same
    name as without quotes. Raises SpecError for anything that Snowflake would not take unquoted."""
    for part in parts:
        if _IDENTIFIER.fullmatch(part) is None:
            raise SpecError(
                f"{part!r} cannot be a name in Snowflake",
                not_done=_NOT_DONE,
                fix="use capitals, digits, _ and $, starting with a letter or _",
            )
    return ".".join(f'"{part}"' for part in parts)


def user_name(text: str) -> str:
    """The name of a user in double quotes: an identifier, or an e-mail address."""
    folded = text.upper()
    if _USER.fullmatch(folded) is None:
        raise SpecError(
            f"{text!r} cannot be a user's name",
            not_done=_NOT_DONE,
            fix="use letters, digits and the signs _ . @ $ -",
        )
    return f'"{folded}"'


def text(value: str) -> str:
    """A string literal as Snowflake reads it, where a backslash escapes."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


@dataclass(frozen=True, slots=True)
class Names:
    """All names of one tenant under a target; `compute` is None where the target names no warehouse."""

    tenant: str
    database: str
    writer: str
    reader: str
    platform: str
    cost: str
    compute: str | None

    def schema(self, layer: str) -> str:
        return warehouse_schema(layer, self.tenant)

    @property
    def monitor(self) -> str | None:
        return f"{self.compute}_MONITOR" if self.compute else None


def names_of(target: SnowflakeWarehouse, tenant: str) -> Names:
    """Raises SpecError where the tenant's name is none, or the target's role is that of all tenants."""
    warehouse_schema(LAYERS[0], tenant)  # refuses what is no tenant's name
    role = target.role or f"INGEST_{_TENANT}_WRITER"
    if _TENANT not in role:
        raise SpecError(
            f"the role {role} would be that of every tenant, and could touch them all",
            where="deploy/warehouses.yaml",
            not_done=_NOT_DONE,
            fix=f"let `role` hold the tenant's name: INGEST_{_TENANT}_WRITER",
        )
    prefix = role.partition(_TENANT)[0].strip("_") or "INGEST"
    return Names(
        tenant=tenant,
        database=_filled(target.database, tenant),
        writer=_filled(role, tenant),
        reader=_filled(role.removesuffix("_WRITER") + "_READER", tenant),
        platform=f"{prefix}_PLATFORM",
        cost=f"{prefix}_COST",
        compute=_filled(target.warehouse, tenant) if target.warehouse else None,
    )


def refuse_twice(tenants: Iterable[Names]) -> None:
    """Raises SpecError where a role of one tenant would be that of another, or the platform's."""
    owner: dict[str, str] = {}
    for names in tenants:
        owner.setdefault(names.platform, "the platform")
        owner.setdefault(names.cost, "the platform")
        for role in (names.writer, names.reader):
            if owner.setdefault(role, names.tenant) != names.tenant:
                raise SpecError(
                    f"{role} would be a role of {owner[role]} and of {names.tenant}",
                    where="deploy/warehouses.yaml",
                    not_done=_NOT_DONE,
                    fix=f"let `role` end in a word of its own, as in INGEST_{_TENANT}_WRITER",
                )


def _filled(pattern: str, tenant: str) -> str:
    return pattern.replace(_TENANT, tenant.upper())
