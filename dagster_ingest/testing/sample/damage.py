"""Deliveries gone wrong, as they do: what is spoiled, and which rules must say so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Row = dict[str, Any]

# Rules of wellsky/services that a spoiled delivery breaks.
BROKEN_RULES = (
    "PROVIDER_SERVICE_CODE_ID|required",
    "PROVIDER_SERVICE_CODE_ID|primary_key",
    "ORGANIZATION_ID|foreign_key",
)
_NOT_EXPORTED = 90_000_000


def partner_import(rows: list[Row], count: int) -> Iterator[Row]:
    """Services of one family after a partner's list was imported without its organizations.

    Of every four rows one lost its key, one repeats the key of another row, and one names an
    organization that the export leaves out; the fourth is as it was. `count`: rows before these.
    """
    for number, row in enumerate(rows, start=count):
        turn = number % 4
        if turn == 0:
            yield row | {"PROVIDER_SERVICE_CODE_ID": None}
        elif turn == 1:
            yield row
            yield row | {
                "LOCATION_ID": row["LOCATION_ID"],
                "SCHEDULE": "By appointment",
                "SERVICE_AREAS": "[]",
            }
        elif turn == 2:
            yield row | {"ORGANIZATION_ID": row["ORGANIZATION_ID"] + _NOT_EXPORTED}
        else:
            yield row


def stray_value(row: dict[str, str]) -> dict[str, str]:
    """An editor's word where a flag belongs: nobody can say whether the record is public."""
    return row | {"ExcludeFromWebsite": "Pending"}
