"""The feeds of a source, and what its connector says of each: the one place where a source is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dagster_ingest.arrivals.decide import Answer
from dagster_ingest.connectors import registry
from dagster_ingest.connectors.base import ReadRequest, Sign, StillComing
from dagster_ingest.errors import DataError, NothingDelivered
from dagster_ingest.extract.around import Around
from dagster_ingest.extract.request import read_request
from dagster_ingest.settings import Settings
from dagster_ingest.spec.models import FeedState
from dagster_ingest.spec.resolved import SourceSpec, TenantSpec

ALL = "*"
"""Name of the feed that holds all states, and of what tells of them all."""


def feeds(tenant: TenantSpec, source: SourceSpec) -> dict[str, tuple[str, ...]]:
    """Feed to the states that it holds."""
    if isinstance(source.state, FeedState):
        return {state: (state,) for state in tenant.states}
    return {ALL: tenant.states}


@dataclass
class Watcher:
    """A source and its connector. Made anew for each look: nothing is remembered here."""

    settings: Settings
    tenant: TenantSpec
    source: SourceSpec

    def __post_init__(self) -> None:
        self._connector: Any = registry.connector(self.source.connector)
        self._around = Around.of(self.settings, self.tenant.name)

    def signs(self, state: str, bases: Mapping[str, str]) -> dict[str, Sign]:
        """Table to what its source shows. Raises what the connector raises."""
        return {
            table.name: self._connector.sign(self._request(table.name, state), bases.get(table.name, ""))
            for table in self.source.tables
        }

    def examine(
        self, state: str, signs: Mapping[str, Sign], recorded: Callable[[str], str]
    ) -> tuple[Answer, str]:
        """Whether what is there is the input of what is on record.

        recorded  table to the fingerprint of the last load that came to a verdict, "" for none
        """
        nothing = 0
        for table in self.source.tables:
            try:
                found = signs[table.name].fingerprint
                if found is None:
                    found = self._connector.fingerprint(self._request(table.name, state)).value
            except StillComing as error:
                return "wait", error.problem
            except NothingDelivered:
                nothing += 1
                continue
            except DataError as error:  # the load says so, where it is seen
                return "ask", error.problem
            if not found or found != recorded(table.raw):
                return "ask", f"{table.raw} has something new"
        if nothing == len(self.source.tables):
            return "known", "there is nothing"
        return "known", "what is there is loaded already"

    def _request(self, table: str, state: str) -> ReadRequest:
        wanted = self.source.table(table)
        request = read_request(self.tenant, self.source, wanted, state, self.settings.drops)
        return self._around.equip(request)
