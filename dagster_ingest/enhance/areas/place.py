"""A place that a service area names."""

from __future__ import annotations

from typing import Literal, NamedTuple

from dagster_ingest.enhance.names import BY_FIPS

Kind = Literal["country", "state", "county", "city", "zip"]


class Place(NamedTuple):
    """code: US; two letters; FIPS code; `IA/Des Moines`; ZIP code. state: two letters, '' for the country."""

    kind: Kind
    code: str
    name: str
    state: str

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.code}"

    @property
    def approximate(self) -> bool:
        """Whether its outline is a circle, for want of a polygon."""
        return self.kind in ("city", "zip")


COUNTRY = Place("country", "US", "United States", "")


def of_id(text: str) -> Place:
    """The place of an `id`, without its name."""
    kind, _, code = text.partition(":")
    state = {"state": code, "city": code[:2], "county": BY_FIPS.get(code[:2], "")}.get(kind, "")
    return Place(kind, code, code, state)  # type: ignore[arg-type]
