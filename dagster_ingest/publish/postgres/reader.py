"""The reader as others see it. Drivers are imported when it is used."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from dagster_ingest.publish.base import Plan, Publication, StagePartition, Verified
from dagster_ingest.publish.guard import nothing_kept
from dagster_ingest.secrets import secrets_of
from dagster_ingest.settings import Settings
from dagster_ingest.spec.models import PostgresTarget

if TYPE_CHECKING:
    from dagster_ingest.publish.postgres.place import Place
    from dagster_ingest.publish.postgres.publishing import Way


class PostgresReader:
    """Publishes to a schema of the tenant's own. Implements publish.base.Reader.

    dsn           name of the secret with the connection string, looked up at each use: the tenant's
                  (GULF__NAME), the shared one (SHARED__NAME), or the environment variable NAME itself
    db_schema     None: the tenant's name
    mode          incremental writes rows that differ, bulk replaces the state
    lock_seconds  how long to wait for another publisher of the same schema
    others        as in PostgresTarget

    Raises SpecError (no usable connection string), Unavailable (server or lock), PublishError.
    """

    name = "postgres"

    def __init__(
        self,
        dsn: str,
        *,
        db_schema: str | None = None,
        mode: Literal["incremental", "bulk"] = "incremental",
        lock_seconds: float = 60.0,
        max_delete_share: float = 0.5,
        row_security: bool = False,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._dsn = dsn
        self._schema = db_schema
        self._mode = mode
        self._lock_seconds = lock_seconds
        self._share, self._secured = max_delete_share, row_security
        self._environ = environ

    @classmethod
    def of(cls, target: PostgresTarget) -> PostgresReader:
        return cls(
            target.dsn,
            db_schema=target.db_schema,
            mode=target.mode,
            max_delete_share=target.max_delete_share,
            row_security=target.row_security,
        )

    def schema(self, tenant: str) -> str:
        return self._schema or tenant

    def published(self, tenant: str, state: str) -> str | None:
        with self._place(tenant, state, not_done="the published version is not known") as place:
            shown = place.shown(state)
        return shown[0] if shown else None

    def publish(self, partition: StagePartition) -> Publication:
        return self.apply(partition)

    def apply(
        self, partition: StagePartition, *, allow_deletes: bool = False, bulk: bool = False
    ) -> Publication:
        from dagster_ingest.publish.postgres import publishing

        not_done = "nothing was published, the last publication stands"
        with self._place(partition.tenant, partition.state, not_done=not_done) as place:
            return publishing.publish(place, partition, self._way(allow_deletes=allow_deletes, bulk=bulk))

    def plan(self, partition: StagePartition) -> Plan:
        from dagster_ingest.publish.postgres import publishing

        with self._place(partition.tenant, partition.state, not_done="nothing was planned") as place:
            return publishing.plan(place, partition, self._way())

    def verify(self, partition: StagePartition) -> Verified:
        """Keys and hashes of all rows, and a sample of rows as the server itself compares them."""
        from dagster_ingest.publish.postgres.checking import verify

        with self._place(partition.tenant, partition.state, not_done="nothing was compared") as place:
            return verify(place, partition, secured=self._secured)

    def rollback(self, tenant: str, state: str | None = None) -> str:
        """Rows are replaced by key, so nothing from before is kept: always PublishError."""
        raise nothing_kept(f"{tenant}/{state or '*'}, reader {self.name}")

    def withdraw(self, tenant: str, state: str) -> int:
        from dagster_ingest.publish.postgres import publishing

        with self._place(tenant, state, not_done="nothing was withdrawn") as place:
            return publishing.withdraw(place, state)

    def _way(self, *, allow_deletes: bool = False, bulk: bool = False) -> Way:
        from dagster_ingest.publish.postgres.publishing import Way

        return Way(
            bulk=bulk or self._mode == "bulk",
            forced=bulk,
            share=self._share,
            allow_deletes=allow_deletes,
            secured=self._secured,
        )

    @contextmanager
    def _place(self, tenant: str, state: str, *, not_done: str) -> Iterator[Place]:
        from dagster_ingest.publish.postgres import driver
        from dagster_ingest.publish.postgres.place import Place

        to = driver.server(self._dsn, self._environ_of(tenant))
        where = f"{tenant}/{state}, reader {self.name}"
        with driver.connected(to, where=where, not_done=not_done) as connection:
            yield Place(connection, self.schema(tenant), tenant, self._lock_seconds)

    def _environ_of(self, tenant: str) -> Mapping[str, str]:
        """The environment, with the tenant's connection string under its plain name.

        A name that is only set plainly serves every tenant that names it, as a SHARED__ one does. One with
        two underscores is refused: it could be another tenant's.
        """
        kept = secrets_of(Settings.load(), tenant).find(self._dsn)
        return {**self._environ, self._dsn: kept} if kept else self._environ
