"""What a geocoder is to the run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from dagster_ingest.enhance.around import Around as AnyAround
from dagster_ingest.enhance.geocoding.address import Address
from dagster_ingest.enhance.geocoding.budget import Budget
from dagster_ingest.enhance.geocoding.kinds import Found


class Provider(Protocol):
    """version: of what it answers; another one asks everything anew. batch: addresses in one request."""

    name: str
    version: str
    batch: int

    def look_up(self, addresses: Sequence[Address]) -> list[Found | None]:
        """An answer for each address, in their order; None: not found, or not to the street.

        Raises Unavailable, OverQuota, AccessDenied, OverBudget, and DataError for these addresses alone.
        """
        ...

    def close(self) -> None: ...


class Around(AnyAround[Budget]):
    """What a run gives to its geocoders."""

    __slots__ = ()
