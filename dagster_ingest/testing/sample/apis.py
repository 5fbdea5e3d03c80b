"""What the vendors' APIs of the sample hold on a day, each for one tenant, and the canaries in it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dagster_ingest.testing.sample import hsds, icarol_api
from dagster_ingest.testing.sample.canaries import Canary
from dagster_ingest.testing.sample.plan import API_FEEDS, Feed, day_edit, feeds_of

TENANTS = tuple(feed.tenant for feed in API_FEEDS)
# Their specs lie here and not among the other tenants: without a server they cannot be loaded.
SPECS = Path(__file__).parent / "tenants"
_LANGUAGE = "en-US"

Record = dict[str, Any]


@dataclass
class Held:
    """records: of an iCarol API. tables: of an HSDS API, rows by entity."""

    records: list[Record] = field(default_factory=list)
    tables: dict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))
    canaries: list[Canary] = field(default_factory=list)

    def private_on(self, day: int) -> list[Canary]:
        """Canaries that no published store may hold after that day."""
        return [canary for canary in self.canaries if canary.from_day <= day]


def held(tenant: str, day: int = 1, seed: int = 7) -> Held:
    """Everything of day one, or of day two: edited, added, withdrawn and turned private."""
    [feed] = feeds_of(tenant)
    if tenant != "northstar":
        return _icarol(feed, day, seed)
    made = Held()
    for rows in hsds.families(feed, day_edit(day), None, seed, made.canaries.append):
        for table, some in rows.items():
            made.tables[table] += some
    return made


def _icarol(feed: Feed, day: int, seed: int) -> Held:
    """In English alone. What was withdrawn on day two is still among the canaries."""
    days = [icarol_api.served(feed.state, n, seed=seed, tenant=feed.tenant) for n in range(1, day + 1)]
    spoken = [[r for r in served.records if r["cultureCode"] == _LANGUAGE] for served in days]
    text = repr(spoken).lower()
    planted = (c for served in days for c in served.canaries if c.token.lower() in text)
    return Held(records=spoken[-1], canaries=list(dict.fromkeys(planted)))
