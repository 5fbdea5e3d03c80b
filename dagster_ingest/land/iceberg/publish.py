"""How parts become partitions: on a branch of Nessie and merged at once, or table by table.

Without branches every table is prepared and audited in a transaction that nobody sees; then the
transactions are committed one after the other. A process that dies between two of them leaves the
first tables published and the others not: the ledger asks and concludes what arrived.
"""

from __future__ import annotations

import json
import random
import secrets
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from dagster_ingest import faults
from dagster_ingest.errors import IngestError, Unavailable
from dagster_ingest.land import tags
from dagster_ingest.land.backing import Landed, Receipt
from dagster_ingest.land.iceberg import errors, record, staging
from dagster_ingest.land.iceberg.errors import Conflict
from dagster_ingest.land.iceberg.journal import Entry, Journal
from dagster_ingest.land.iceberg.staging import Job

if TYPE_CHECKING:
    from dagster_ingest.land.iceberg.catalogs import Catalogs
    from dagster_ingest.land.iceberg.nessie import Nessie
    from dagster_ingest.spec.resolved import TenantSpec

ATTEMPTS = 12
BRANCHES = "load"
LOADS = "ingest.loads"
_THREADS = 4
_WAIT, _LONGEST_WAIT = 0.05, 2.0


class Publisher:
    """One publish. What it makes outside is in the journal before it is made."""

    def __init__(self, catalogs: Catalogs, spec: TenantSpec, journal: Journal) -> None:
        self._catalogs, self._spec, self._journal = catalogs, spec, journal
        self._merging = False  # Nessie was asked to merge, and its answer is not known yet

    def run(self, parts: Sequence[Landed]) -> Receipt:
        jobs = [self._job(landed) for landed in parts]
        started = time.monotonic()
        try:
            nessie = self._catalogs.nessie
            details = self._on_branch(jobs, nessie) if nessie else self._one_by_one(jobs)
        except Exception as error:
            self._clear(jobs, error)
            raise
        told = {
            job.where: {"load": job.landed.version.load_id, "snapshot": job.snapshot}
            for job in jobs
            if not job.held
        }
        size = sum(f.file_size_in_bytes for j in jobs if j.written and not j.held for f in j.written.files)
        seconds = round(time.monotonic() - started, 3)
        return Receipt(details={**details, "snapshots": told, "bytes_written": size, "seconds": seconds})

    def _clear(self, jobs: list[Job], error: Exception) -> None:
        """Remove the files of what was certainly not published; upkeep finds the others, if need be."""
        if self._merging or _may_have_arrived(error):
            return
        for job in jobs:
            if self._catalogs.nessie or job.snapshot is None:
                staging.discard(job)

    def _job(self, landed: Landed) -> Job:
        version = landed.version
        known = record.table_of(self._spec, version.table)

        def noted(path: str) -> None:
            self._journal.note(Entry("", version.table, version.state, version.load_id, (path,)))

        return Job(landed, known[1].contract if known else None, noted)

    # a table after the other

    def _one_by_one(self, jobs: list[Job]) -> dict[str, Any]:
        catalog = self._catalogs.main()

        def prepare(job: Job) -> None:
            with errors.told(job.where):
                staging.stage(job, catalog, self._catalogs, self._spec)
                if not job.held:
                    assert job.transaction is not None
                    staging.audit(job, job.transaction)

        _each(jobs, prepare)
        due = [job for job in jobs if not job.held]
        faults.reach("backing.audited")
        for job in due:
            faults.reach("backing.swap")
            with errors.told(job.where):
                self._commit(job, prepare)
            faults.reach("backing.published")
        return {"catalog": self._catalogs.target.catalog.type}

    def _commit(self, job: Job, prepare: Callable[[Job], None]) -> None:
        for attempt in range(ATTEMPTS):
            try:
                return staging.commit(job)
            except Conflict:
                _wait(attempt)
                prepare(job)
                if job.held:
                    return
        raise _too_busy([job])

    # all tables at once

    def _on_branch(self, jobs: list[Job], nessie: Nessie) -> dict[str, Any]:
        for attempt in range(ATTEMPTS):
            name = _branch(self._spec.name, jobs[0].landed.version.load_id)
            base = nessie.head(nessie.branch)
            self._journal.note(Entry(branch=name))
            nessie.create(name, base)
            try:
                return self._through(jobs, nessie, name, base)
            except Conflict:
                self._merging = False
                _wait(attempt)
            finally:
                with suppress(IngestError, Conflict):
                    nessie.delete(name)
        raise _too_busy(jobs)

    def _through(self, jobs: list[Job], nessie: Nessie, name: str, base: str) -> dict[str, Any]:
        catalog = self._catalogs.at(name)

        def write(job: Job) -> None:
            with errors.told(job.where):
                staging.stage(job, catalog, self._catalogs, self._spec)
                if not job.held:
                    staging.commit(job)

        def audit(job: Job) -> None:
            with errors.told(job.where):
                staging.audit(job, catalog.load_table((self._spec.name, job.table)))

        _each(jobs, write)
        due = [job for job in jobs if not job.held]
        if not due:
            return {"catalog": "nessie", "branch": name}
        _each(due, audit)
        faults.reach("backing.audited")
        loads = [[job.table, job.state, job.landed.version.load_id] for job in due]
        said = {LOADS: json.dumps(loads, separators=(",", ":")), "ingest.tags": tags.as_json()}
        message = f"{self._spec.name}: {len(due)} partitions, load {due[0].landed.version.load_id}"
        faults.reach("backing.swap")
        self._merging = True
        commit = nessie.merge(name, base, message, said)
        faults.reach("backing.published")
        return {"catalog": "nessie", "branch": name, "commit": commit, "onto": nessie.branch}


def _branch(tenant: str, load_id: str) -> str:
    """Tells for whom, for which load and when: `made_at` reads it."""
    return f"{BRANCHES}/{tenant}/{load_id}-{int(time.time()):x}-{secrets.token_hex(3)}"


def made_at(branch: str) -> float:
    """When a branch was made, in seconds since 1970; now, where its name does not tell."""
    try:
        return int(branch.rsplit("-", 2)[1], 16)
    except (IndexError, ValueError):
        return time.time()


def _each(jobs: Sequence[Job], do: Callable[[Job], None]) -> None:
    """Several tables at a time; parts of one table in their order. The first error is raised at the end."""
    tables: dict[str, list[Job]] = {}
    for job in jobs:
        tables.setdefault(job.table, []).append(job)
    if len(tables) < 2:
        for job in jobs:
            do(job)
        return

    def in_order(own: list[Job]) -> None:
        for job in own:
            do(job)

    with ThreadPoolExecutor(_THREADS, thread_name_prefix="iceberg") as pool:
        running = [pool.submit(copy_context().run, in_order, own) for own in tables.values()]
        failed = [error for future in running if (error := future.exception()) is not None]
    if failed:
        raise next((error for error in failed if not isinstance(error, Conflict)), failed[0])


def _may_have_arrived(error: Exception) -> bool:
    """Whether the catalog may have committed although we heard nothing of it."""
    from pyiceberg.exceptions import CommitStateUnknownException
    from requests.exceptions import RequestException
    from sqlalchemy.exc import OperationalError

    unknown = (CommitStateUnknownException, RequestException, OperationalError)
    return isinstance(error.__cause__, unknown)


def _wait(attempt: int) -> None:
    time.sleep(random.uniform(0.2, 1.0) * min(_WAIT * 2**attempt, _LONGEST_WAIT))


def _too_busy(jobs: Sequence[Job]) -> Unavailable:
    return Unavailable(
        f"others commit to the same tables all the time: {ATTEMPTS} attempts were in vain",
        where=", ".join(job.where for job in jobs),
        not_done=errors.NOTHING,
        fix="load again",
    )
