"""One table of one source for one state: loaded, found unchanged, or blocked.

Whatever goes wrong, the last good partition stands. A fault of the delivery (DataError) ends in a
blocked result; everything else is raised.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from dagster_ingest import naming, tracing
from dagster_ingest.connectors.base import Connector, Fingerprint, Malformed, Read, ReadRequest
from dagster_ingest.errors import DataError
from dagster_ingest.extract import cursor, hold
from dagster_ingest.extract.around import Around
from dagster_ingest.extract.request import inputs_digest, made_by, read_request
from dagster_ingest.extract.result import LoadResult, Outcome, blocked_verdict, unchanged_verdict
from dagster_ingest.land.base import Landing, PartitionVersion
from dagster_ingest.redact import redact
from dagster_ingest.spec.contract import Contract
from dagster_ingest.spec.models import Policy
from dagster_ingest.spec.resolved import SourceSpec, TableSpec, TenantSpec
from dagster_ingest.validate.verdict import Verdict

if TYPE_CHECKING:
    import polars as pl

    from dagster_ingest.validate.answers import Ask
    from dagster_ingest.validate.profiler import Profiler


class Audit(Protocol):
    """What judges the rows: validate.audit.Auditor."""

    def batch(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]: ...

    def watch(self, profiler: Profiler) -> None: ...

    def malformed(self, records: list[Malformed]) -> pl.DataFrame: ...

    def finish(self, ask: Ask | None = None) -> tuple[Verdict, dict[str, pl.DataFrame]]: ...


AuditFactory = Callable[[Contract, Policy, Mapping[str, "pl.DataFrame"], int | None], Audit]


def load_table(
    tenant: TenantSpec,
    source: SourceSpec,
    table: TableSpec,
    state: str,
    *,
    connector: Connector,
    landing: Landing,
    audit: AuditFactory,
    drops: Path,
    around: Around | None = None,
    load_id: str | None = None,
) -> LoadResult:
    """Load one table. Raises SpecError for a wrong setting or state; Unavailable, AccessDenied and
    LandError pass.
    """
    wall, cpu = time.perf_counter(), time.process_time()
    job = Job(tenant, source, table, state, connector, landing, audit, load_id or naming.new_load_id())
    request = read_request(tenant, source, table, state, drops)
    if around is None:
        result = job.run(request)
    else:
        current = landing.current(table.raw, state)
        with around.reading(request, current.committed_at if current else "") as reading:
            result = job.run(reading.request)
            reading.ended()
    return replace(result, seconds=time.perf_counter() - wall, cpu_seconds=time.process_time() - cpu)


@dataclass
class Job:
    """What a load works with.

    Of a replay: origin is the load that read the rows from the source, base the one that they are
    taken from, dismissed the rows (`_source_uri`, `_row_number`, `_rules`) that stay refused.
    """

    tenant: TenantSpec
    source: SourceSpec
    table: TableSpec
    state: str
    connector: Connector
    landing: Landing
    audit: AuditFactory
    load_id: str
    origin: str = ""
    base: str = ""
    dismissed: pl.DataFrame | None = None

    def run(self, request: ReadRequest) -> LoadResult:
        from dagster_ingest.extract.merge import Unseen
        from dagster_ingest.extract.staging import Staging

        cursor.require_incremental(self.source, self.connector)
        settled = hold.settle(self)
        if settled is not None:
            return settled
        current = self.landing.current(self.table.raw, self.state)
        request = replace(request, cursor=cursor.start(self.source, request, self._asked(), current))
        fingerprint, staging = Fingerprint(""), None
        try:
            with tracing.span("fingerprint"):
                fingerprint = self.connector.fingerprint(request)
            parents = self._parents()
            stands = self._stands(fingerprint, parents, current) or hold.in_turn(self, current, fingerprint)
            if stands is not None:
                return stands
            keys, of = self._parent_keys(parents), lambda found: self._inputs(found, parents)
            staging = Staging(self, request, fingerprint, self.connector.read(request), keys, current)
            try:
                return staging.run(of)
            except Unseen as lacking:  # no read of changes brings what comes back with an old stamp
                request = replace(request, cursor=None)
                read = self.connector.read(request)
                staging = Staging(self, request, fingerprint, read, keys, current, lacking.digest)
                return staging.run(of)
        except DataError as error:
            verdict = blocked_verdict(error, staging.rows_read if staging else 0)
            facts = staging.facts() if staging else {}
            return self.result("blocked", verdict, current, fingerprint, error=error, **facts)

    def result(
        self,
        outcome: Outcome,
        verdict: Verdict,
        version: PartitionVersion | None,
        fingerprint: Fingerprint,
        **facts: Any,
    ) -> LoadResult:
        """`facts`: more fields; they override."""
        said = {
            "load_id": self.load_id,
            "contract_version": self.table.contract.version,
            "fingerprint": fingerprint.value or None,
            "files": tuple(map(redact, fingerprint.parts)),
            "bytes": fingerprint.bytes,
            "arrived": fingerprint.arrived,
            **facts,
        }
        return LoadResult(outcome=outcome, verdict=verdict, version=version, **said)

    def position(
        self, request: ReadRequest, read: Read, current: PartitionVersion | None, unseen: str = ""
    ) -> str:
        """The cursor to commit with the rows of a read. unseen: see cursor.reached."""
        return cursor.reached(self.source, request, self._asked(), read, current, self.load_id, unseen)

    def moved_on(self, request: ReadRequest, read: Read, current: PartitionVersion) -> PartitionVersion:
        """There was nothing to read; the source is read on from behind that all the same."""
        at = self.position(request, read, current)
        return self.landing.move_cursor(current, at) if at and at != current.cursor else current

    def _asked(self) -> dict[str, Any]:
        taken = made_by(self.tenant, self.source, self.table, self.state)
        return {**taken, "decode": sorted(self.table.decode.items())}

    def _stands(
        self,
        fingerprint: Fingerprint,
        parents: Mapping[str, PartitionVersion],
        current: PartitionVersion | None,
    ) -> LoadResult | None:
        """What is known without reading: it is the partition's input, or that of a held candidate."""
        if not fingerprint.value:
            return None
        inputs = self._inputs(fingerprint, parents)
        if current is not None and current.inputs == inputs:
            hold.outdated(self)
            return self.result("unchanged", unchanged_verdict(current), current, fingerprint)
        return hold.standing(self, inputs, current, fingerprint)

    def _inputs(self, fingerprint: Fingerprint, parents: Mapping[str, PartitionVersion]) -> str:
        first = self.state == self.tenant.states[0]
        return inputs_digest(fingerprint, self.source, self.table, self.state, first, parents.values())

    def _parents(self) -> dict[str, PartitionVersion]:
        """Committed partitions that foreign keys point to. A parent that never landed is left out."""
        raw_names = {table.name: table.raw for table in self.source.tables}
        found = {
            name: self.landing.current(raw_names[name], self.state)
            for name in self.table.parents
            if name in raw_names
        }
        return {name: version for name, version in found.items() if version is not None}

    def _parent_keys(self, parents: Mapping[str, PartitionVersion]) -> dict[str, pl.DataFrame]:
        wanted: dict[str, dict[str, None]] = {}
        for rule in self.table.contract.rules:
            if rule.kind == "foreign_key" and rule.params["table"] in parents:
                wanted.setdefault(rule.params["table"], {}).update(dict.fromkeys(rule.params["columns"]))
        return {
            name: self.landing.keys(parents[name].table, self.state, list(columns))
            for name, columns in wanted.items()
        }
