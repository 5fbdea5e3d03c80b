"""Names of a tenant's objects in Snowflake, and texts as its SQL wants them. Pure."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dagster_ingest import clock
from dagster_ingest.land.grants import names as grants
from dagster_ingest.naming import warehouse_schema
from dagster_ingest.spec.warehouse import SnowflakeWarehouse

SYSTEM = "_INGEST_"
CANDIDATE = f"{SYSTEM}LOAD_"
LONGEST_LOAD = 60  # characters of a load id that a candidate's name shows
_STAMP = "%Y%m%dT%H%M%S"
_MADE = re.compile(rf"{CANDIDATE}[A-Z0-9_]*?_?(\d{{8}}T\d{{6}})_[0-9A-F]{{12}}")


def identifier(name: str) -> str:
    """In quotes and capitals: the same object as the bare name, and safe where that is a reserved word."""
    return grants.identifier(name.upper())


def text(value: str | None) -> str:
    """A literal, NULL for None."""
    return "NULL" if value is None else grants.text(value)


def filled(pattern: str | None, tenant: str) -> str | None:
    """A name of the target, with the tenant's in it."""
    return pattern.replace("{TENANT}", tenant.upper()) if pattern else None


@dataclass(frozen=True, slots=True)
class Names:
    """Of one tenant in one database."""

    database: str
    tenant: str

    @classmethod
    def of(cls, target: SnowflakeWarehouse, tenant: str) -> Names:
        return cls(filled(target.database, tenant) or "", tenant)

    def schema_name(self, layer: str) -> str:
        return warehouse_schema(layer, self.tenant)

    def schema(self, layer: str) -> str:
        return f"{identifier(self.database)}.{identifier(self.schema_name(layer))}"

    def relation(self, layer: str, table: str) -> str:
        return f"{self.schema(layer)}.{identifier(table)}"

    def system(self, name: str) -> str:
        """A table of the platform: `partitions`, `history`, `lock`, or a candidate's whole name."""
        full = name if name.startswith(SYSTEM) else SYSTEM + name
        return self.relation("raw", full)

    @property
    def stage(self) -> str:
        """As PUT, LIST and REMOVE take it: bare, since some clients read the path themselves."""
        return f"{self.database}.{self.schema_name('raw')}.{SYSTEM}STAGE"

    def staged(self, candidate: str) -> str:
        """The folder of a candidate in the stage."""
        return f"@{self.stage}/{candidate}/"


def candidate_name(load_id: str) -> str:
    """A table for one attempt to publish one part: no two attempts share one, and its age shows."""
    shown = re.sub(r"[^A-Z0-9]+", "_", load_id.upper())[:LONGEST_LOAD].strip("_")
    stamp = clock.utc().strftime(_STAMP)
    return f"{CANDIDATE}{shown}_{stamp}_{secrets.token_hex(6).upper()}"


def made_at(candidate: str) -> datetime | None:
    """When a candidate was named, in UTC; None for what is none."""
    found = _MADE.fullmatch(candidate)
    try:
        return datetime.strptime(found[1], _STAMP).replace(tzinfo=UTC) if found else None
    except ValueError:
        return None


def older_than(candidate: str, grace: timedelta, now: datetime) -> bool:
    made = made_at(candidate)
    return made is not None and now - made >= grace
