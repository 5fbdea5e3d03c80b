"""Where dbt builds: the tenant's DuckDB file, or the tenant's schemas in an account of Snowflake.

A manifest is parsed once a target and serves every tenant; a Where puts the tenant's own places into
dbt's copy of it, and what the profile reads into the environment, for the time of one invocation.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from dagster_ingest.errors import TransformError
from dagster_ingest.naming import warehouse_schema
from dagster_ingest.spec.warehouse import Browser, KeyPair, OAuth, Password, SnowflakeWarehouse
from dagster_ingest.transform.connections import named_connection

ENV_DUCKDB = "DAGSTER_INGEST_DUCKDB"
_ENV_SNOWFLAKE = "DAGSTER_INGEST_SNOWFLAKE_"
_ENV_SECRET = "DBT_ENV_SECRET_INGEST_"  # dbt keeps names that begin so out of its logs
_SECRETS = ("password", "private_key", "passphrase", "token")
_CLOSED_WITHIN = 10.0
LAYERS = ("raw", "elt", "stage")


class Where(Protocol):
    """A place that dbt builds in. `target` names the profile's output and the parse that fits."""

    @property
    def target(self) -> str: ...

    def environment(self) -> dict[str, str]:
        """What the profile reads."""

    def settle(self, manifest: Any) -> None:
        """Put the tenant's schemas into a manifest, before dbt runs it."""

    def release(self) -> None:
        """Close what dbt left open."""


@dataclass(frozen=True, slots=True)
class DuckDBFile:
    """A tenant's file. The caller holds its lock."""

    path: Path
    target: str = "duckdb"

    def environment(self) -> dict[str, str]:
        return {ENV_DUCKDB: str(self.path)}

    def settle(self, manifest: Any) -> None:
        """The schemas of a file bear the layers' names, as they were parsed."""

    def release(self) -> None:
        """dbt-duckdb keeps the file open between invocations; others need it. Returns when it is closed."""
        connections = sys.modules.get("dbt.adapters.duckdb.connections")
        if connections is None:
            return
        connections.DuckDBConnectionManager.close_all_connections()
        deadline = time.monotonic() + _CLOSED_WITHIN
        while _open_here(self.path):
            gc.collect()  # a cursor of one of dbt's threads can outlive its connection
            if time.monotonic() > deadline:
                raise TransformError(
                    f"dbt did not close {self.path}", not_done="nothing more was done with it"
                )
            time.sleep(0.01)


@dataclass(frozen=True, slots=True)
class SnowflakeSession:
    """How dbt signs in, the tenant's places there, and what its statements are tagged with.

    profile  field of dbt's profile to its text; secrets among them never reach a file
    schemas  layer to schema
    tags     of every statement; dbt's macros add layer and table
    """

    profile: Mapping[str, str] = field(repr=False)
    database: str
    schemas: Mapping[str, str]
    tags: Mapping[str, str]
    target: str = "snowflake"

    @classmethod
    def of(
        cls,
        warehouse: SnowflakeWarehouse,
        tenant: str,
        secrets: Callable[[str], str],
        tags: Mapping[str, str],
    ) -> SnowflakeSession:
        """Raises SpecError where a connection of connections.toml is named and missing."""
        filled = {
            "account": warehouse.account,
            "user": warehouse.user,
            "role": warehouse.role,
            "warehouse": warehouse.warehouse,
            "host": warehouse.host,
            "port": str(warehouse.port) if warehouse.port else None,
            "protocol": warehouse.protocol if warehouse.protocol != "https" else None,
            **_authentication(warehouse, secrets),
        }
        known = named_connection(warehouse.connection) if warehouse.connection else {}
        given = {name: value.replace("{TENANT}", tenant.upper()) for name, value in filled.items() if value}
        return cls(
            profile={**known, **given, "threads": str(warehouse.sessions)},
            database=warehouse.database.replace("{TENANT}", tenant.upper()),
            schemas={layer: warehouse_schema(layer, tenant) for layer in LAYERS},
            tags={**warehouse.tags, **tags, "tenant": tenant},
        )

    def environment(self) -> dict[str, str]:
        found = {
            (_ENV_SECRET if name in _SECRETS else _ENV_SNOWFLAKE) + name.upper(): value
            for name, value in self.profile.items()
        }
        tag = json.dumps(dict(self.tags), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return found | {_ENV_SNOWFLAKE + "DATABASE": self.database, _ENV_SNOWFLAKE + "QUERY_TAG": tag}

    def settle(self, manifest: Any) -> None:
        for node in (*manifest.nodes.values(), *manifest.sources.values()):
            node.database = self.database
            node.schema = self.schemas.get(node.schema, node.schema)

    def release(self) -> None:
        """dbt closes its sessions itself."""


def at(place: Path | Where) -> Where:
    """A path is a tenant's file."""
    return DuckDBFile(place) if isinstance(place, Path) else place


def _authentication(warehouse: SnowflakeWarehouse, secrets: Callable[[str], str]) -> dict[str, str]:
    match warehouse.authentication:
        case KeyPair(private_key=key, passphrase=phrase):
            return {
                # dbt takes one line of base64 as DER and the text between the marks as PEM
                "private_key": secrets(key.secret).strip().replace("\\n", "\n"),
                **({"passphrase": secrets(phrase.secret)} if phrase else {}),
            }
        case Password(password=password):
            return {"password": secrets(password.secret)}
        case OAuth(token=token):
            return {"authenticator": "oauth", "token": secrets(token.secret)}
        case Browser():
            return {"authenticator": "externalbrowser"}
    return {}


def _open_here(database: Path) -> bool:
    """Whether this process has the file open, where the system tells it."""
    descriptors = Path("/proc/self/fd")
    if not descriptors.is_dir():
        return False
    wanted = str(database)
    for entry in descriptors.iterdir():
        with suppress(OSError):
            if os.readlink(entry) == wanted:
                return True
    return False
