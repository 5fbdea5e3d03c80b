"""All tables of one source for one state, one connector for all of them."""

from __future__ import annotations

from pathlib import Path

from dagster_ingest.connectors import registry
from dagster_ingest.extract.around import Around
from dagster_ingest.extract.load import load_table
from dagster_ingest.extract.result import LoadResult
from dagster_ingest.land.base import Landing
from dagster_ingest.settings import Settings
from dagster_ingest.spec.resolved import SourceSpec, TableSpec, TenantSpec
from dagster_ingest.validate.audit import Auditor


class SourceLoad:
    """Loads tables in the order they are asked for: parents first, for children look up their keys."""

    def __init__(
        self,
        tenant: TenantSpec,
        source: SourceSpec,
        state: str,
        landing: Landing,
        drops: Path,
        around: Around | None = None,
    ) -> None:
        self._tenant, self._source, self._state = tenant, source, state
        self._landing, self._drops, self._around = landing, drops, around
        self._connector = registry.connector(source.connector)

    @classmethod
    def of(
        cls, settings: Settings, tenant: TenantSpec, source: SourceSpec, state: str, landing: Landing
    ) -> SourceLoad:
        """With the secrets and the working folder of this installation."""
        around = Around.of(settings, tenant.name)
        return cls(tenant, source, state, landing, settings.drops, around)

    def run(self, table: TableSpec, load_id: str) -> LoadResult:
        return load_table(
            self._tenant,
            self._source,
            table,
            self._state,
            connector=self._connector,
            landing=self._landing,
            audit=Auditor,  # type: ignore[arg-type]  # its record asks for settable fields
            drops=self._drops,
            around=self._around,
            load_id=load_id,
        )

    def replay(self, table: TableSpec, load_id: str) -> LoadResult:
        """The table's latest delivery once more, out of what was kept of it; see extract/replay.py."""
        from dagster_ingest.extract.replay import replay_table

        return replay_table(
            self._tenant,
            self._source,
            table,
            self._state,
            landing=self._landing,
            audit=Auditor,  # type: ignore[arg-type]
            load_id=load_id,
        )
