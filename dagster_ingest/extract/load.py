"""One table of one source for one state: fetched, aligned, audited, staged, and committed or not.

Whatever goes wrong, the candidate is aborted and the last good partition stands. A fault of the
delivery (DataError) ends in a blocked result; everything else is raised.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from dagster_ingest import naming
from dagster_ingest.connectors.base import Batch, Connector, Fingerprint, Malformed, Read, ReadRequest
from dagster_ingest.errors import DataError
from dagster_ingest.extract.columns import align
from dagster_ingest.extract.content import Content, row_hash
from dagster_ingest.extract.decode import Decoder
from dagster_ingest.extract.merge import Delta, delta_contract
from dagster_ingest.extract.request import EXTRACTION, inputs_digest, read_request
from dagster_ingest.extract.result import LoadResult, blocked_verdict, unchanged_verdict
from dagster_ingest.extract.states import StateSplit
from dagster_ingest.extract.template import TemplateRows
from dagster_ingest.land.base import Candidate, Landing, PartitionVersion
from dagster_ingest.spec.contract import Contract
from dagster_ingest.spec.models import Policy
from dagster_ingest.spec.resolved import SourceSpec, TableSpec, TenantSpec
from dagster_ingest.validate.verdict import Verdict


class Audit(Protocol):
    """What judges the rows (validate.audit.Auditor)."""

    def batch(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]: ...

    def malformed(self, records: list[Malformed]) -> pl.DataFrame: ...

    def finish(self) -> tuple[Verdict, dict[str, pl.DataFrame]]: ...


AuditFactory = Callable[[Contract, Policy, Mapping[str, pl.DataFrame], int | None], Audit]


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
    load_id: str | None = None,
) -> LoadResult:
    """Load one table. Raises SpecError for a wrong setting, Unavailable and LandError for the rest."""
    wall, cpu = time.perf_counter(), time.process_time()
    job = _Job(tenant, source, table, state, connector, landing, audit, load_id or naming.new_load_id())
    result = job.run(read_request(tenant, source, table, state, drops))
    return replace(
        result,
        seconds=time.perf_counter() - wall,
        cpu_seconds=time.process_time() - cpu,
    )


@dataclass
class _Job:
    tenant: TenantSpec
    source: SourceSpec
    table: TableSpec
    state: str
    connector: Connector
    landing: Landing
    audit: AuditFactory
    load_id: str

    def run(self, request: ReadRequest) -> LoadResult:
        current = self.landing.current(self.table.raw, self.state)
        fingerprint, staging = Fingerprint(""), None
        try:
            fingerprint = self.connector.fingerprint(request)
            parents = self._parents()
            inputs = inputs_digest(
                fingerprint,
                self.source,
                self.table,
                self.state,
                self.state == self.tenant.states[0],
                parents.values(),
            )
            if current is not None and current.inputs == inputs:
                return self._result("unchanged", unchanged_verdict(current), current, fingerprint)
            staging = _Staging(self, self.connector.read(request), request, fingerprint, parents, current)
            return staging.run(inputs)
        except DataError as error:
            verdict = blocked_verdict(error, staging.rows_read if staging else 0)
            extra = staging.facts() if staging else {}
            return self._result("blocked", verdict, current, fingerprint, error=error, **extra)

    def _parents(self) -> dict[str, PartitionVersion]:
        """Committed partitions that foreign keys point to. A parent that never landed is left out."""
        found = {}
        for name in self.table.parents:
            parent = next((t for t in self.source.tables if t.name == name), None)
            version = self.landing.current(parent.raw, self.state) if parent else None
            if version is not None:
                found[name] = version
        return found

    def _result(
        self, outcome: Any, verdict: Verdict, version: PartitionVersion | None, seen: Fingerprint, **more: Any
    ) -> LoadResult:
        return LoadResult(
            outcome=outcome,
            verdict=verdict,
            version=version,
            load_id=self.load_id,
            contract_version=self.table.contract.version,
            fingerprint=seen.value or None,
            files=seen.parts,
            bytes=seen.bytes,
            **more,
        )


class _Staging:
    """One delivery on its way into a candidate."""

    def __init__(
        self,
        job: _Job,
        read: Read,
        request: ReadRequest,
        fingerprint: Fingerprint,
        parents: Mapping[str, PartitionVersion],
        current: PartitionVersion | None,
    ) -> None:
        table, partial = job.table, job.source.mode == "partial"
        self._job, self._read, self._fingerprint, self._current = job, read, fingerprint, current
        self._decoder = Decoder(table.decode)
        self._delta = Delta(table.contract) if partial else None
        self._previous = _scan(job.landing, table.raw, job.state) if partial and current else None
        uri = fingerprint.parts[0] if fingerprint.parts else request.table
        delimiter = str(request.settings.get("delimiter", ","))
        self._alignment = align(table.contract, read.columns, self._decoder.companions, uri, delimiter)
        self._names = [*self._alignment.names, *self._left_over()]
        self._columns = [*self._names, *self._decoder.companions]
        self._split = StateSplit(job.source.state, job.tenant.states, job.state, self._names)
        self._template = TemplateRows(table.contract.keys) if table.template_row else None
        self._audit = job.audit(
            delta_contract(table.contract) if self._previous is not None else table.contract,
            table.policy,
            self._parent_keys(parents),
            current.rows if current and not partial else None,
        )
        self._content = Content()
        self._malformed: Counter[str] = Counter()
        self._loaded_at = datetime.now(UTC).replace(tzinfo=None)
        self.rows_read = 0

    def run(self, inputs: str) -> LoadResult:
        job = self._job
        with _aborted_on_error(
            job.landing.begin(job.table.raw, job.state, job.load_id, columns=self._columns)
        ) as candidate:
            for batch in self._read.batches():
                self._take(batch, candidate)
            self._require_complete()
            verdict, late = self._audit.finish()
            if verdict.outcome == "block":
                candidate.abort()
                return self._done("blocked", verdict, self._current)
            if self._previous is not None and self.rows_read == 0:
                candidate.abort()
                return self._done("unchanged", verdict, self._current)
            self._drop_late(late, candidate)
            self._merge(late, candidate)
            candidate.seal()
            version = self._version(inputs)
            candidate.commit(version)
        same = self._current is not None and self._current.data_version == version.data_version
        landed = job.landing.current(job.table.raw, job.state) or version
        return self._done("committed", verdict, landed, same_rows=same)

    def facts(self) -> dict[str, Any]:
        """What is worth telling whatever the outcome."""
        return {
            "columns": tuple(self._columns),
            "drift": self._alignment.drift,
            "malformed": dict(self._malformed),
            "code_lists": self._template.code_lists if self._template else {},
            "superseded": self._delta.superseded if self._delta else 0,
        }

    def _done(
        self, outcome: str, verdict: Verdict, version: PartitionVersion | None, **more: Any
    ) -> LoadResult:
        return self._job._result(outcome, verdict, version, self._fingerprint, **self.facts(), **more)

    def _take(self, batch: Batch, candidate: Candidate) -> None:
        """Rows of one batch into the candidate, the bad ones into its quarantine."""
        if not batch.frame.is_empty():
            rows = self._alignment.apply(batch.frame, batch.uri)
            rows = rows.with_columns(_record_numbers(batch))
            if self._template is not None:
                rows = self._template.drop(rows, "_row_number")
            rows, stateless = self._split(rows)
            self._reject_stateless(stateless, batch.uri, candidate)
            if self._delta is not None:
                rows = self._delta.latest(rows, batch.uri)
            if not rows.is_empty():
                self._judge(rows, batch.uri, candidate)
        if batch.malformed and self._split.counts_for_all:
            self._malformed.update(m.rule for m in batch.malformed)
            self.rows_read += len(batch.malformed)
            candidate.reject(self._with_load(self._audit.malformed(batch.malformed)))

    def _judge(self, rows: pl.DataFrame, uri: str, candidate: Candidate) -> None:
        self.rows_read += rows.height
        rows = self._with_origin(rows, uri)
        accepted, rejected = self._audit.batch(self._decoder(rows))
        if not rejected.is_empty():
            candidate.reject(self._with_load(rejected))
        if accepted.is_empty():
            return
        self._content.add(accepted["_row_hash"])
        if self._delta is not None:
            self._delta.accept(accepted)
        candidate.write(self._with_load(accepted).select(*self._columns, *naming.SYSTEM_COLUMNS))

    def _reject_stateless(self, rows: pl.DataFrame, uri: str, candidate: Candidate) -> None:
        if rows.is_empty():
            return
        rule, column = self._split.rule, self._split.column
        records = [
            Malformed(uri, number, rule, value or "")
            for value, number in rows.select(column, "_row_number").iter_rows()
        ]
        self._audit.malformed(records)
        self.rows_read += len(records)
        marked = self._with_origin(rows, uri).with_columns(_rules=pl.lit([rule], dtype=pl.List(pl.String)))
        candidate.reject(self._with_load(marked))

    def _with_origin(self, rows: pl.DataFrame, uri: str) -> pl.DataFrame:
        absent = [pl.lit(None, dtype=pl.String).alias(c) for c in self._left_over()]
        rows = rows.with_columns(absent) if absent else rows
        return rows.with_columns(pl.lit(uri).alias("_source_uri"), row_hash(rows, self._names))

    def _with_load(self, rows: pl.DataFrame) -> pl.DataFrame:
        job = self._job
        return rows.with_columns(
            pl.lit(job.tenant.name).alias("_tenant"),
            pl.lit(job.state).alias("_state"),
            pl.lit(job.load_id).alias("_load_id"),
            pl.lit(self._loaded_at).alias("_loaded_at"),
        )

    def _require_complete(self) -> None:
        said = self._read.completeness()
        if not said.complete:
            raise DataError(
                f"the delivery is not complete: {said.reason}",
                rule="file|truncated",
                where=f"{self._job.tenant.name}/{self._job.table.raw} ({self._job.state})",
                not_done="nothing was committed; the last good partition stands",
                fix="have it delivered again",
            )

    def _drop_late(self, late: Mapping[str, pl.DataFrame], candidate: Candidate) -> None:
        for rule, rows in late.items():
            candidate.drop_rows(rows, rule)
        if not late:
            return
        gone = pl.concat(late.values()).unique(["_source_uri", "_row_number"])
        if "_row_hash" in gone.columns:
            self._content.remove(gone["_row_hash"])
        else:
            self._content.remove_unseen(gone.height, self._job.load_id)

    def _merge(self, late: Mapping[str, pl.DataFrame], candidate: Candidate) -> None:
        """Copy what a partial delivery does not mention out of the present partition."""
        if self._delta is None or self._previous is None:
            return
        columns = [*self._columns, *naming.SYSTEM_COLUMNS]
        for rows in self._delta.kept(self._previous, list(late.values()), columns):
            if not rows.is_empty():
                self._content.add(rows["_row_hash"])
                candidate.write(rows)

    def _left_over(self) -> list[str]:
        """Source columns of the present partition that a partial delivery does not have."""
        if self._previous is None:
            return []
        known = {n.lower() for n in (*self._alignment.names, *self._decoder.companions)}
        there = self._previous.collect_schema().names()
        return [n for n in there if n.lower() not in known and n not in naming.SYSTEM_COLUMNS]

    def _parent_keys(self, parents: Mapping[str, PartitionVersion]) -> dict[str, pl.DataFrame]:
        wanted: dict[str, dict[str, None]] = {}
        for rule in self._job.table.contract.rules:
            if rule.kind == "foreign_key" and rule.params["table"] in parents:
                wanted.setdefault(rule.params["table"], {}).update(dict.fromkeys(rule.params["columns"]))
        return {
            name: self._job.landing.keys(parents[name].table, self._job.state, list(columns))
            for name, columns in wanted.items()
        }

    def _version(self, inputs: str) -> PartitionVersion:
        job = self._job
        made_by = f"{EXTRACTION}/{sorted(job.table.decode.items())}"
        return PartitionVersion(
            layer="raw",
            table=job.table.raw,
            state=job.state,
            load_id=job.load_id,
            data_version=self._content.digest(self._columns, made_by),
            inputs=inputs,
            rows=self._content.rows,
            bytes=0,
            committed_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )


@contextmanager
def _aborted_on_error(candidate: Candidate) -> Iterator[Candidate]:
    try:
        yield candidate
    except BaseException:
        candidate.abort()
        raise


def _record_numbers(batch: Batch) -> pl.Series:
    if batch.row_numbers is not None:
        return batch.row_numbers.alias("_row_number")
    start = batch.first_row
    return pl.int_range(start, start + batch.frame.height, dtype=pl.Int64, eager=True).alias("_row_number")


def _scan(landing: Landing, table: str, state: str) -> pl.LazyFrame | None:
    return landing.scan(table, state)  # type: ignore[attr-defined]
