"""A tenant's tables in Snowflake behind its ledger: the protocol of land/backing.py."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_ingest.errors import LandError
from dagster_ingest.land.backing import Key, Landed, Receipt
from dagster_ingest.land.base import PartitionVersion
from dagster_ingest.land.snowflake import connect, reading, registry, sessions, shape
from dagster_ingest.land.snowflake import statements as sql
from dagster_ingest.land.snowflake.names import Names
from dagster_ingest.land.snowflake.publish import Publisher
from dagster_ingest.land.snowflake.recover import recover
from dagster_ingest.land.snowflake.registry import Entry
from dagster_ingest.land.snowflake.sessions import Pool, Session
from dagster_ingest.spec.resolved import TenantSpec
from dagster_ingest.spec.warehouse import SnowflakeWarehouse

if TYPE_CHECKING:
    import pyarrow as pa

GRACE = timedelta(hours=24)


class SnowflakeBacking:
    """See land/backing.py. Opening costs nothing; sessions are opened when they are first needed.

    folder  of the tenant on this machine
    grace   age from which a candidate that no entry names is dead
    """

    kind = "snowflake"
    layers = frozenset({"raw", "elt", "stage"})

    def __init__(
        self,
        target: SnowflakeWarehouse,
        spec: TenantSpec,
        secrets: Callable[[str], str],
        folder: Path,
        *,
        grace: timedelta = GRACE,
    ) -> None:
        self.tenant, self.folder, self._grace = spec.name, folder, grace
        self._target, self._secrets = target, secrets
        self._names = Names.of(target, spec.name)
        self._under = {**target.tags, **spec.model.cost.tags, "tenant": spec.name}
        self._renames = shape.renames_of(spec)
        self._ready, self._lock = False, threading.Lock()

    def versions(self, state: str | None = None) -> dict[Key, PartitionVersion]:
        where = sql.matching(("STATE",), [[state]]) if state else ""
        with self._session() as session:
            if not self._is_ready(session):
                return {}
            return registry.versions(session, self._names, where)

    def publish(self, parts: Sequence[Landed]) -> Receipt:
        if not parts:
            return Receipt()
        with self._session() as session:
            self._make_ready(session)
        return self._publisher().publish(parts)

    def fetch(self, version: PartitionVersion, into: Path) -> None:
        with self._session(table=version.table, state=version.state) as session:
            loads = self._loads(session, version.table, version.state)
            found = next((entry for entry in loads if entry.version.load_id == version.load_id), None)
            if found is None:
                kept = ", ".join(entry.version.load_id for entry in loads) or "none"
                raise LandError(
                    f"the rows of load {version.load_id} are not kept",
                    where=f"{version.table} {version.state}",
                    not_done="nothing was fetched",
                    fix=f"loads whose rows are kept: {kept}",
                )
            reading.fetch(session, self._names, found, into)

    def history(self, table: str, state: str) -> list[PartitionVersion]:
        with self._session(table=table, state=state) as session:
            return [entry.version for entry in self._loads(session, table, state)]

    def read(self, layer: str, table: str, state: str | None, columns: Sequence[str] | None) -> pa.Table:
        with self._session(layer=layer, table=table, state=state or "") as session:
            return reading.read(session, self._names, layer, table, state, columns)

    def content_versions(
        self, names: Sequence[tuple[str, str]], state: str, exclude: Sequence[str] = ()
    ) -> dict[tuple[str, str], tuple[str, int]]:
        if not names:
            return {}
        with self._session(state=state, layer=names[0][0]) as session:
            return reading.content_versions(session, self._names, names, state, exclude)

    def recover(self) -> list[str]:
        with self._session() as session:
            return recover(session, self._names, self._grace) if self._is_ready(session) else []

    # inside

    @contextmanager
    def _session(self, **tags: str) -> Iterator[Session]:
        with self._pool.session(self._under, **{"layer": "raw", **tags}) as session:
            yield session

    @property
    def _pool(self) -> Pool:
        """One for all that this process does for the tenant in this target."""
        where = f"{self.tenant} (snowflake)"

        def options(tag: str) -> dict:
            return connect.options(self._target, self.tenant, self._secrets, tag)

        def make() -> Pool:
            return Pool(
                lambda tag: sessions.connect(options, where, tag),
                self._target.sessions,
                self._target.timeout,
                where,
            )

        return sessions.pool_of(f"{self.tenant} {self._target.model_dump_json()}", make)

    def _publisher(self) -> Publisher:
        return Publisher(self._pool, self._names, self._under, self._renames, self._target.keep)

    def _loads(self, session: Session, table: str, state: str) -> list[Entry]:
        """Kept loads of a partition, the newest first."""
        if not self._is_ready(session):
            return []
        found = registry.of_keys(session, self._names, "HISTORY", [("raw", table, state)])
        return sorted(found, key=lambda entry: -entry.seq)

    def _is_ready(self, session: Session) -> bool:
        """Whether the tenant's raw schema has a registry."""
        if not self._ready:
            [(found,)] = session.rows(sql.has_registry(self._names), reading.NOT_READ)
            self._ready = int(found) == len(sql.REGISTRY)
        return self._ready

    def _make_ready(self, session: Session) -> None:
        with self._lock:
            if self._is_ready(session):
                return
            [(schemas,)] = session.rows(sql.has_schema(self._names))
            made = sql.bootstrap(self._names)
            # A role that may not create schemas is refused even where the schema is there.
            for statement in made if int(schemas) else [sql.create_schema(self._names), *made]:
                session.run(statement)
            self._ready = True
