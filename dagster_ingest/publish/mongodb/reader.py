"""The reader as others see it. The driver is imported when it is used."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_ingest.errors import IngestError, PublishError
from dagster_ingest.publish.address import secret
from dagster_ingest.publish.base import Plan, Publication, StagePartition, Verified
from dagster_ingest.publish.guard import nothing_kept
from dagster_ingest.spec.models import MongoTarget

if TYPE_CHECKING:
    from dagster_ingest.publish.mongodb.copy import Copy
    from dagster_ingest.publish.mongodb.keys import Resources
    from dagster_ingest.publish.mongodb.ledger import Held
    from dagster_ingest.publish.mongodb.publishing import Job


class MongoReader:
    """Publishes to `resources` and `redirects`. Implements publish.base.Reader.

    lock_seconds     how long to wait for another publisher of the same tenant
    silence_seconds  how long that one may give no sign of life before it is taken for dead
    memory           folder for what documents were made of, and what there is of a tenant; without it all
                     are made and asked for each time

    Raises SpecError (no usable address), Unavailable (server or lock), AccessDenied, PublishError.
    """

    name = "mongodb"

    def __init__(
        self,
        target: MongoTarget,
        *,
        lock_seconds: float = 60.0,
        silence_seconds: float = 30.0,
        environ: Mapping[str, str] = os.environ,
        sleep: Callable[[float], None] = time.sleep,
        memory: Path | None = None,
    ) -> None:
        self._target, self._environ, self._sleep = target, environ, sleep
        self._memories = memory
        self._lock_seconds, self._silence_seconds = lock_seconds, silence_seconds

    def published(self, tenant: str, state: str) -> str | None:
        """The version shown now; None also where documents of it were taken away."""
        from dagster_ingest.publish.mongodb import ledger, publishing

        with self._resources(tenant, state) as resources:
            signed = ledger.signed(resources.database, resources.tenant_id, state)
            return publishing.shown_version(resources, state, signed)

    def publish(self, partition: StagePartition) -> Publication:
        return self.apply(partition)

    def apply(
        self, partition: StagePartition, *, allow_deletes: bool = False, bulk: bool = False
    ) -> Publication:
        from dagster_ingest.publish.mongodb import publishing

        with self._resources(partition.tenant, partition.state) as resources, self._held(resources) as mine:
            job = self._remembering(resources, partition)
            job.forced = bulk
            try:
                return publishing.publish(job, mine, allow_deletes=allow_deletes)
            except PublishError:
                if not job.believed:
                    raise
            # Somebody else wrote there: what there is now has to be asked for.
            job = self._remembering(resources, partition)
            return publishing.publish(job, mine, allow_deletes=allow_deletes, ask=True)

    def plan(self, partition: StagePartition) -> Plan:
        from dagster_ingest.publish.mongodb import ledger, publishing

        with self._resources(partition.tenant, partition.state) as resources:
            signed = ledger.signed(resources.database, resources.tenant_id, partition.state)
            return publishing.plan(self._remembering(resources, partition), signed)

    def verify(self, partition: StagePartition) -> Verified:
        from dagster_ingest.publish.documents import holding
        from dagster_ingest.publish.mongodb import publishing

        with self._resources(partition.tenant, partition.state) as resources:
            job = self._job(resources, partition)
            for _ in publishing.changes(job, holding.EMPTY):
                pass
            return publishing.check(job)

    def withdraw(self, tenant: str, state: str) -> int:
        """Remove the state's documents, and the redirects that lead to them."""
        from dagster_ingest.publish.documents.memory import forget
        from dagster_ingest.publish.mongodb import publishing

        forget(self._memories, self.name, tenant, state)
        self._copy(tenant).forget()
        with self._resources(tenant, state) as resources, self._held(resources) as mine:
            return publishing.withdraw(resources, mine, state)

    def rollback(self, tenant: str, state: str | None = None) -> str:
        """Documents are replaced by key, so nothing from before is kept: always PublishError."""
        raise nothing_kept(f"{tenant}, reader {self.name}")

    @contextmanager
    def _held(self, resources: Resources) -> Iterator[Held]:
        from dagster_ingest.publish.mongodb.ledger import held

        with held(
            resources.database,
            resources.tenant_id,
            self._lock_seconds,
            silence=self._silence_seconds,
            sleep=self._sleep,
        ) as mine:
            yield mine

    def _remembering(self, resources: Resources, partition: StagePartition) -> Job:
        from dagster_ingest.publish.documents.memory import memory_of

        job = self._job(resources, partition)
        job.memory = memory_of(self._memories, self.name, partition, job.about)
        job.copy = self._copy(partition.tenant)
        return job

    def _copy(self, tenant: str) -> Copy:
        from dagster_ingest.publish.mongodb.copy import Copy

        if self._memories is None:
            return Copy()
        of = f"{self._target.database}/{self._target.tenant_id or tenant}"
        return Copy(self._memories / self.name / tenant / "resources.shown", of)

    def _job(self, resources: Resources, partition: StagePartition) -> Job:
        from dagster_ingest.publish.documents import About
        from dagster_ingest.publish.mongodb.publishing import Job

        return Job(resources, partition, About.of(partition, resources.tenant_id), self._target)

    @contextmanager
    def _resources(self, tenant: str, state: str) -> Iterator[Resources]:
        from dagster_ingest.publish.mongodb.driver import connected
        from dagster_ingest.publish.mongodb.keys import Resources

        address = secret(tenant, self._target.url, "mongodb://user:password@host:port", self._environ)
        try:
            with connected(address, self._target.database) as database:
                yield Resources(database, self._target.tenant_id or tenant)
        except IngestError as error:
            error.where = error.where or f"{tenant}/{state}, reader {self.name}"
            raise
