"""Names of pools: what runs of all tenants share and must not ask all at once.

`host:NAME` for a source that is asked over the network, `warehouse:TARGET` for a warehouse that is no file
of the tenant's own. A run waits in the queue until each of its pools has room.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from dagster_ingest.assets.platform import TenantPlatform
    from dagster_ingest.spec.resolved import SourceSpec

HOST, WAREHOUSE = "host:", "warehouse:"
_ADDRESSES = ("url", "base_url", "api_url", "bucket_url", "endpoint", "account_url", "dsn", "connection")
_NOT_IN_NAMES = re.compile(r"[^a-z0-9._-]+")


def source_pool(source: SourceSpec) -> str | None:
    """The pool of the host that the source's tables are asked of; None where only files are read.

    An address that a secret holds is known when it is used and not before: the pool has the secret's name.
    """
    for table in source.tables:
        for host in _hosts(table.settings):
            return HOST + _NOT_IN_NAMES.sub("-", host.lower()).strip("-")
    return None


def warehouse_pool(platform: TenantPlatform) -> str | None:
    """The pool of the warehouse in force. None for DuckDB: a tenant's file is locked by itself."""
    if platform.warehouse.type == "duckdb":
        return None
    return WAREHOUSE + _NOT_IN_NAMES.sub("-", platform.settings.target.lower())


def _hosts(settings: Mapping[str, Any]) -> Iterator[str]:
    """Hosts that the settings name, the outermost first."""
    below = []
    for name, value in settings.items():
        if name in _ADDRESSES and (host := _host(value)):
            yield host
        elif name == "host" and isinstance(value, str):
            yield value
        elif isinstance(value, Mapping):
            below.append(value)
    for value in below:
        yield from _hosts(value)


def _host(address: Any) -> str | None:
    if isinstance(address, Mapping):
        named = address.get("secret")
        return f"secret.{named}" if isinstance(named, str) else None
    if not isinstance(address, str):
        return None
    if "://" not in address:
        return f"secret.{address}" if address.isupper() else None
    try:
        parts = urlsplit(address)
        return f"{parts.hostname}.{parts.port}" if parts.port else parts.hostname
    except ValueError:
        return None
