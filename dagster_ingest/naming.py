"""All names in one place: identifiers, asset keys, ids. Pure functions."""

from __future__ import annotations

import re
import secrets
import time
import uuid
from collections.abc import Iterable

from dagster_ingest.errors import SpecError

LAYERS = ("raw", "elt", "stage", "enhanced", "published")

# The columns that landing adds to every raw row, after the source's own.
SYSTEM_COLUMNS = (
    "_tenant",
    "_state",
    "_load_id",
    "_loaded_at",
    "_source_uri",
    "_row_number",
    "_row_hash",
)

# Fixed for ever: every published id hangs on it.
HSDS_NAMESPACE = uuid.UUID("6f0c1f6e-3f0e-5a53-9a3c-2f2d6a0e8b11")

US_STATES = frozenset(
    [
        "AL",
        "AK",
        "AZ",
        "AR",
        "CA",
        "CO",
        "CT",
        "DE",
        "DC",
        "FL",
        "GA",
        "HI",
        "ID",
        "IL",
        "IN",
        "IA",
        "KS",
        "KY",
        "LA",
        "ME",
        "MD",
        "MA",
        "MI",
        "MN",
        "MS",
        "MO",
        "MT",
        "NE",
        "NV",
        "NH",
        "NJ",
        "NM",
        "NY",
        "NC",
        "ND",
        "OH",
        "OK",
        "OR",
        "PA",
        "RI",
        "SC",
        "SD",
        "TN",
        "TX",
        "UT",
        "VT",
        "VA",
        "WA",
        "WV",
        "WI",
        "WY",
        "PR",
        "VI",
        "GU",
        "AS",
        "MP",
    ]
)

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")


def is_name(text: str) -> bool:
    """Whether `text` may name a tenant, source, table or reader: `[a-z][a-z0-9_]*`, 40 at most."""
    return _NAME.fullmatch(text) is not None and "__" not in text and not text.endswith("_")


def quoted(identifier: str) -> str:
    """A SQL identifier in double quotes. Anything but letters, digits and `_` is refused."""
    if _IDENTIFIER.fullmatch(identifier) is None:
        raise SpecError(
            f"{identifier!r} cannot be a SQL identifier",
            not_done="no SQL was run",
            fix="use letters, digits and underscores, starting with a letter",
        )
    return f'"{identifier}"'


def literal(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def column_name(header: str) -> str:
    """A source heading as a raw column: its own letters, every other sign an underscore."""
    name = re.sub(r"[^A-Za-z0-9_]+", "_", header.strip()).strip("_")
    if not name:
        name = "column"
    if name[0].isdigit():
        name = f"c_{name}"
    return name[:120]


def column_names(headers: Iterable[str]) -> list[str]:
    """Raw column names for a header row, unique without regard to case (`_2`, `_3` ... appended)."""
    seen: set[str] = set()
    names: list[str] = []
    for header in headers:
        base = column_name(header)
        name, count = base, 1
        while name.lower() in seen:
            count += 1
            name = f"{base}_{count}"
        seen.add(name.lower())
        names.append(name)
    return names


def table_name(source: str, table: str) -> str:
    """The raw relation and asset name of a source's table: `wellsky_services`."""
    return f"{source}_{table}"


def warehouse_schema(layer: str, tenant: str) -> str:
    """The schema of a tenant's layer in a warehouse that all tenants share: `RAW_GULF`."""
    if not is_name(tenant):
        raise SpecError(
            f"{tenant!r} cannot be a tenant's name",
            not_done="no SQL was made",
            fix="use lower-case letters, digits and single underscores, starting with a letter",
        )
    return f"{layer}_{tenant}".upper()


def asset_key(tenant: str, layer: str, table: str) -> tuple[str, str, str]:
    return (tenant, layer, table)


def rule_id(column: str | None, rule: str) -> str:
    """`column|rule`; table-wide rules use `*` for the column. The one id of a rule everywhere."""
    return f"{column or '*'}|{rule}"


def new_load_id() -> str:
    """Names one attempt: UTC time, sortable, and 6 random hex digits."""
    return time.strftime("%Y%m%dT%H%M%S", time.gmtime()) + "-" + secrets.token_hex(3)


def hsds_id(tenant: str, system: str, table: str, source_id: str) -> str:
    """UUIDv5 of a record: the same in SQL (macro `hsds_id`) and here."""
    return str(uuid.uuid5(HSDS_NAMESPACE, f"{tenant}/{system}/{table}/{source_id}"))
