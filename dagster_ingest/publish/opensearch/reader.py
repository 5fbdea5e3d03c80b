"""The reader as others see it. The driver is imported when it is used."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_ingest.errors import IngestError, PublishError
from dagster_ingest.publish.address import secret
from dagster_ingest.publish.base import Plan, Publication, StagePartition, Verified
from dagster_ingest.spec.models import OpenSearchTarget

if TYPE_CHECKING:
    from dagster_ingest.publish.opensearch.copy import Copy
    from dagster_ingest.publish.opensearch.ledger import Held
    from dagster_ingest.publish.opensearch.publishing import Job
    from dagster_ingest.publish.opensearch.shelf import Shelf


class OpenSearchReader:
    """Publishes to indices behind aliases. Implements publish.base.Reader.

    lock_seconds     how long to wait for another publisher of the same tenant
    silence_seconds  how long that one may give no sign of life before it is taken for dead
    memory           folder for what documents were made of, and what the indices hold; without it all are
                     made and asked for each time

    Raises SpecError (no usable address), Unavailable (server or lock), AccessDenied, PublishError.
    """

    name = "opensearch"

    def __init__(
        self,
        target: OpenSearchTarget,
        *,
        lock_seconds: float = 60.0,
        silence_seconds: float = 30.0,
        environ: Mapping[str, str] = os.environ,
        sleep: Callable[[float], None] = time.sleep,
        memory: Path | None = None,
    ) -> None:
        self._target, self._memories = target, memory
        self._lock_seconds, self._silence_seconds = lock_seconds, silence_seconds
        self._environ, self._sleep = environ, sleep

    def published(self, tenant: str, state: str) -> str | None:
        """The version shown now; None also when an alias shows something else."""
        from dagster_ingest.publish.opensearch import ledger
        from dagster_ingest.publish.opensearch.mappings import signed_format

        with self._shelf(tenant, state) as shelf:
            shown, _ = ledger.read(shelf.server, shelf.tenant_id)
            present = shelf.aliases()
        signed = shown.states.get(state)
        if signed is None or signed["format"] != signed_format():
            return None
        if not all(present.get(index) for index in shown.indices.values()):
            return None
        return signed["version"]

    def publish(self, partition: StagePartition) -> Publication:
        return self.apply(partition)

    def apply(
        self, partition: StagePartition, *, allow_deletes: bool = False, bulk: bool = False
    ) -> Publication:
        from dagster_ingest.publish.opensearch import publishing

        with self._job(partition) as job, self._held(job.shelf) as mine:
            job.forced = bulk
            self._remember(job)
            return publishing.publish(job, mine, allow_deletes=allow_deletes)

    def plan(self, partition: StagePartition) -> Plan:
        from dagster_ingest.publish.opensearch import ledger, publishing

        with self._job(partition) as job:
            self._remember(job)
            shown, _ = ledger.read(job.shelf.server, job.about.tenant_id)
            present = job.shelf.aliases()
            there = {name: index for name, index in shown.indices.items() if index in present}
            return publishing.plan(job, there, shown.states)

    def verify(self, partition: StagePartition) -> Verified:
        from dagster_ingest.publish.opensearch import ledger, publishing
        from dagster_ingest.publish.opensearch.checking import check
        from dagster_ingest.publish.opensearch.settling import intact

        with self._job(partition) as job:
            shown, _ = ledger.read(job.shelf.server, job.about.tenant_id)
            if not intact(job.shelf, shown.indices, job.wanted):
                return Verified({}, 0, ("an alias does not show the index that was published",))
            for _ in publishing.changes(job, {}):
                pass
            return check(job.shelf, shown.indices, partition.state, job.own)

    def withdraw(self, tenant: str, state: str) -> int:
        """Remove the state's documents from all indices. The indices stay, empty perhaps."""
        from dagster_ingest.publish.documents.memory import forget
        from dagster_ingest.publish.opensearch.withdrawing import withdraw

        forget(self._memories, self.name, tenant, state)
        self._copy(tenant).forget()
        with self._shelf(tenant, state) as shelf, self._held(shelf) as mine:
            return withdraw(shelf, mine, state)

    def rollback(self, tenant: str, state: str | None = None) -> str:
        """Show the indices that the last bulk publish replaced. PublishError where none are kept."""
        from dagster_ingest.publish.opensearch.withdrawing import roll_back

        if state is not None:
            raise PublishError(
                "an index holds all states of a tenant, so one state alone cannot be rolled back",
                where=f"{tenant}/{state}, reader {self.name}",
                not_done="the last publication stands",
                fix="leave the state out",
            )
        with self._shelf(tenant, "*") as shelf, self._held(shelf) as mine:
            return roll_back(shelf, mine)

    def tenant_id(self, tenant: str) -> str:
        return self._target.tenant_id or tenant

    def _held(self, shelf: Shelf) -> AbstractContextManager[Held]:
        from dagster_ingest.publish.opensearch.ledger import held

        return held(shelf.server, shelf.tenant_id, self._lock_seconds, silence=self._silence_seconds)

    def _remember(self, job: Job) -> None:
        from dagster_ingest.publish.documents.memory import memory_of

        job.memory = memory_of(self._memories, self.name, job.partition, job.about)
        job.copy = self._copy(job.partition.tenant)

    def _copy(self, tenant: str) -> Copy:
        from dagster_ingest.publish.opensearch.copy import Copy

        folder = self._memories
        return Copy(folder / self.name / tenant / "indices.shown" if folder is not None else None)

    @contextmanager
    def _job(self, partition: StagePartition) -> Iterator[Job]:
        from dagster_ingest.publish.documents import About
        from dagster_ingest.publish.opensearch.publishing import Job

        with self._shelf(partition.tenant, partition.state) as shelf:
            yield Job(shelf, partition, About.of(partition, self.tenant_id(partition.tenant)), self._target)

    @contextmanager
    def _shelf(self, tenant: str, state: str) -> Iterator[Shelf]:
        from dagster_ingest.publish.opensearch.server import Server
        from dagster_ingest.publish.opensearch.shelf import Shelf

        example = "https://user:password@host:port"
        address = secret(tenant, self._target.url, example, self._environ)
        key: Any = self._target.api_key
        key = secret(tenant, key, "an API key", self._environ) if key else None
        try:
            with Server(address, engine=self._target.engine, api_key=key, sleep=self._sleep) as server:
                yield Shelf(server, self.tenant_id(tenant))
        except IngestError as error:
            error.where = error.where or f"{tenant}/{state}, reader {self.name}"
            raise
