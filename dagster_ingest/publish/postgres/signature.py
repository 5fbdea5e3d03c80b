"""What is signed of each table beside a publication: enough to know it again without reading it.

A table is known again where its version is the signed one, its rows would be prepared as they were, and
the server still shows the signed digest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from dagster_ingest.publish.postgres import flat, rows
from dagster_ingest.publish.postgres.tables import FORMAT, Table

Digest = tuple[int, int]
"""How many rows, and the sum of their hashes."""


@dataclass(frozen=True, slots=True)
class Signed:
    """Of one table. columns: (name, type) as the stage has them, of tables outside the standard."""

    version: str
    shape: str
    digest: Digest
    columns: tuple[tuple[str, str], ...] = ()


def read(told: Any) -> dict[str, Signed]:
    """From what the ledger holds; nothing, where it is of another code or no signature at all."""
    try:
        if told["code"] != code():
            return {}
        return {
            name: Signed(
                version=one["version"],
                shape=one["shape"],
                digest=(int(one["rows"]), int(one["sum"])),
                columns=tuple((name, kind) for name, kind in one.get("columns", ())),
            )
            for name, one in told["tables"].items()
        }
    except (AttributeError, KeyError, TypeError, ValueError):
        return {}


def told(signed: Mapping[str, Signed]) -> dict[str, Any]:
    """For the ledger."""
    tables = {
        name: {
            "version": one.version,
            "shape": one.shape,
            "rows": one.digest[0],
            "sum": str(one.digest[1]),  # larger than what JSON's numbers hold everywhere
            **({"columns": [list(each) for each in one.columns]} if one.columns else {}),
        }
        for name, one in signed.items()
    }
    return {"code": code(), "tables": tables}


def shape(table: Table) -> str:
    """Digest of what the rows of `table` are made ready for."""
    words = json.dumps([table.key, [(column.name, column.type) for column in table.columns]])
    return hashlib.sha256(words.encode()).hexdigest()[:32]


def like(
    signed: Mapping[str, Signed], versions: Mapping[str, str], tables: Iterable[Table]
) -> dict[str, Signed]:
    """Of those tables that would be prepared as what was signed, the same version or not."""
    return {
        table.name: one
        for table in tables
        if table.name in versions
        and (one := signed.get(table.name)) is not None
        and one.shape == shape(table)
    }


@cache
def code() -> str:
    """Digest of all that makes hashes and columns from the same rows, so that nobody has to remember it."""
    made = hashlib.sha256(json.dumps([FORMAT, rows.HASHED_BY]).encode())
    for module in (rows, flat):
        made.update(Path(str(module.__file__)).read_bytes())
    return made.hexdigest()[:32]
