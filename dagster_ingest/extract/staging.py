"""One delivery on its way into a candidate: aligned, split, decoded, judged, committed or aborted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import polars as pl

from dagster_ingest import clock, faults, naming, tracing
from dagster_ingest.connectors.base import Batch, Fingerprint, Malformed, Read, ReadRequest
from dagster_ingest.errors import DataError
from dagster_ingest.extract import cursor, hold
from dagster_ingest.extract.aborting import aborted_on_error
from dagster_ingest.extract.closing import close, gone_rows
from dagster_ingest.extract.columns import align, record_numbers
from dagster_ingest.extract.content import Content, row_hash
from dagster_ingest.extract.decode import Decoder
from dagster_ingest.extract.load import Job
from dagster_ingest.extract.merge import Delta, delta_contract
from dagster_ingest.extract.newer import Newest, says_deleted
from dagster_ingest.extract.questions import asker, asks
from dagster_ingest.extract.request import EXTRACTION, made_by
from dagster_ingest.extract.result import LoadResult, Outcome
from dagster_ingest.extract.states import StateSplit
from dagster_ingest.extract.template import TemplateRows
from dagster_ingest.land.base import Candidate, PartitionVersion
from dagster_ingest.land.delivery import Delivery
from dagster_ingest.land.profiles import Note
from dagster_ingest.redact import redact
from dagster_ingest.validate.answers import Ask
from dagster_ingest.validate.drift import RECENT, compare
from dagster_ingest.validate.profile import Profile
from dagster_ingest.validate.profiler import Profiler
from dagster_ingest.validate.verdict import Verdict


class Staging:
    """Made once the connector has given the headings. Raises DataError where they are another table's."""

    def __init__(
        self,
        job: Job,
        request: ReadRequest,
        fingerprint: Fingerprint,
        read: Read,
        parent_keys: Mapping[str, pl.DataFrame],
        current: PartitionVersion | None,
        unseen: str = "",
    ) -> None:
        table = job.table
        self._job, self._read, self._fingerprint, self._current = job, read, fingerprint, current
        self._request, self._unseen = request, unseen
        partial = job.source.adds and not (job.source.mode == "incremental" and read.snapshot)
        self._delta = Delta(table.contract) if partial else None
        self._previous = self._present_rows() if partial and current is not None else None
        self._decoder = Decoder(table.decode)
        uri = fingerprint.parts[0] if fingerprint.parts else table.raw
        delimiter = str(request.settings.get("delimiter", ","))
        self._alignment = align(table.contract, read.columns, self._decoder.companions, uri, delimiter)
        self._left_over = self._columns_left_over()
        self._names = [*self._alignment.names, *self._left_over]
        self._columns = [*self._names, *self._decoder.companions]
        self._newest = Newest.of(table, self._names, self._previous, self._delta, len(fingerprint.parts))
        self._split = StateSplit(job.source.state, job.tenant.states, job.state, self._names)
        self._template = TemplateRows(table.contract.keys) if table.template_row else None
        contract = table.contract if self._previous is None else delta_contract(table.contract)
        last_good = current.rows if current is not None and not partial else None
        self._audit = job.audit(contract, table.policy, parent_keys, last_good)
        missing = self._alignment.drift.missing
        self._profiler = Profiler(contract, [n for n in self._alignment.names if n not in missing])
        self._audit.watch(self._profiler)
        self._audited = tracing.summed("audit")
        self._drift, self._observed = self._alignment.drift, False
        self._content = Content()
        self._malformed: Counter[str] = Counter()
        self._headings: dict[str, tuple[str, ...]] = {}
        self._known = bool(fingerprint.value)
        self._where = f"{job.tenant.name}/{table.raw} ({job.state})"
        self._loaded_at = clock.utc()
        self.rows_read = 0

    def run(self, inputs: Callable[[Fingerprint], str]) -> LoadResult:
        """`inputs`: digest of all that decides what the partition holds, for a fingerprint of the source."""
        job, current = self._job, self._current
        begun = job.landing.begin(job.table.raw, job.state, job.load_id, columns=self._columns)
        if self._delta is not None or job.table.contract.review is not None:
            begun.replaces(current.load_id if current is not None else "")
        with aborted_on_error(begun, self._note) as candidate:
            with tracing.span("extract") as span:
                verdict, delivered = self._judge_all(candidate)
                self._audited.tell(rows=self.rows_read, outcome=verdict.outcome)
                span.set(rows=self.rows_read)
            if self._delta is not None and self._split.column is None:  # else it may be another state's
                self._delta.require_seen(self._previous, cursor.seen_through(current))
            gone = gone_rows(job, self._delta)
            nothing_new = (
                self._previous is not None and not (self.rows_read or self._deletes()) and gone is None
            )
            if not nothing_new:
                candidate.observe(self._note())
            blocked = verdict.outcome == "block"
            if nothing_new or (blocked and not self.rows_read):
                candidate.abort()
                if nothing_new and not blocked and current is not None:
                    current = job.moved_on(self._request, self._read, current)
                return self._done("unchanged" if nothing_new else "blocked", verdict, current)
            with tracing.span("seal"):
                self._merge(delivered, candidate)
                faults.reach("extract.staged")
                candidate.seal()
            version = self._version(inputs, candidate)
            # Of a source that has to be read to be known: these rows wait for a person, or were rejected.
            known = self._known or hold.standing(job, version.inputs, current, self._fingerprint)
            if isinstance(known, LoadResult):
                candidate.abort()
                return known
            asked = None if blocked else hold.ask(job, candidate, verdict, version, current)
        # What fails half-way from here on is not aborted: only the registry knows whether it happened.
        if blocked:
            hold.block(job, candidate, version, verdict.reason, current.data_version if current else "")
            return self._done("blocked", verdict, current)
        if asked is not None:
            review = hold.wait(job, candidate, version, current, asked)
            return self._done("waiting", verdict, current, review=review)
        close(job, gone)
        candidate.commit(version)
        same = current is not None and current.data_version == version.data_version
        return self._done("committed", verdict, version, same_rows=same)

    def _asker(self, candidate: Candidate) -> Ask | None:
        """What answers the contract's sql rules; None where it has none."""
        if not asks(self._job.table.contract):
            return None

        def rows(late: Mapping[str, pl.DataFrame]) -> Iterator[pl.DataFrame]:
            if self._delta is None or self._previous is None:
                yield from candidate.frames(pl.concat(late.values()) if late else None)
                return
            delivered, _ = self._delta.settle(late, self._previous)
            yield delivered
            columns = [*self._columns, *naming.SYSTEM_COLUMNS]
            yield self._delta.kept(self._previous, delivered, columns)

        return asker(self._job.table.contract, rows)

    @property
    def columns(self) -> list[str]:
        """Raw columns of the part, companions included."""
        return list(self._columns)

    def rehearse(self, candidate: Candidate) -> Verdict:
        """The verdict that `run` would come to. The candidate is the caller's to drop."""
        return self._judge_all(candidate)[0]

    def facts(self) -> dict[str, Any]:
        """What is worth telling whatever the outcome."""
        return {
            "columns": tuple(self._columns),
            "drift": self._drift,
            "observed": self._observed,
            "malformed": dict(self._malformed),
            "code_lists": self._template.code_lists if self._template else {},
            "superseded": self._delta.superseded if self._delta else 0,
            "deleted": self._delta.deleted if self._delta else 0,
        }

    def _done(
        self, outcome: Outcome, verdict: Verdict, version: PartitionVersion | None, **more
    ) -> LoadResult:
        return self._job.result(outcome, verdict, version, self._fingerprint, **self.facts(), **more)

    def _note(self, *, whole: bool = True) -> Note:
        """What was seen so far, for the store; it compares that with the loads before."""
        contract, names = self._job.table.contract, self._alignment.drift
        headings = dict(zip(naming.column_names(self._read.columns), self._read.columns, strict=True))
        profile = self._profiler.profile(
            added={name: headings.get(name, name) for name in names.added},
            missing=names.missing,
            whole=whole,
            partial=self._delta is not None,
        )

        def compared(recent: Sequence[str]) -> str:
            known = [found for found in map(Profile.from_json, recent[:RECENT]) if found]
            self._drift, self._observed = compare(contract, profile, known), True
            return self._drift.to_json()

        return Note(contract.version, profile.to_json(), compared)

    def _judge_all(self, candidate: Candidate) -> tuple[Verdict, pl.DataFrame | None]:
        for batch in self._read.batches():
            batch.uri = redact(batch.uri)
            self._headings.setdefault(batch.uri, tuple(batch.frame.columns))
            self._take(batch, candidate)
            faults.reach("extract.batch")
        for rows, uri in self._newest.chosen() if self._newest is not None else ():
            self._sort(rows, uri, candidate)
        faults.reach("extract.read")
        self._require_complete()
        if self._delta is not None:
            self._delta.gone(self._read.deletions(), self._where)
        candidate.describe(self._delivery())
        with self._audited:
            verdict, late = self._audit.finish(self._asker(candidate))
        return verdict, self._reject_late(late, candidate)

    def _delivery(self) -> Delivery:
        """What the part tells of its delivery, so that its rows can be handed over once more."""
        job = self._job
        return Delivery(
            load_id=job.origin or job.load_id,
            columns=tuple(self._read.columns),
            files=dict(self._headings),
            rows=self.rows_read,
            made_by=made_by(job.tenant, job.source, job.table, job.state),
            keys=job.table.contract.keys if self._delta is not None else (),
            base=job.base,
            removes=self._delta is not None and self._delta.removes,
        )

    def _deletes(self) -> bool:
        """Whether rows of the partition are gone at the source."""
        if self._delta is None or self._previous is None or not self._delta.removes:
            return False
        none = self._previous.clear()
        return self._delta.kept(self._previous, none, self._previous.columns).height < self._previous.height

    def _take(self, batch: Batch, candidate: Candidate) -> None:
        """Rows of one batch into the candidate, the bad ones into its quarantine."""
        if not batch.frame.is_empty():
            rows = self._alignment.apply(batch.frame, batch.uri).with_columns(record_numbers(batch))
            if self._template is not None:
                rows = self._template.drop(rows, "_row_number")
            if self._newest is not None:
                self._newest.add(rows, batch.uri)
            else:
                self._sort(rows, batch.uri, candidate)
        if batch.malformed and self._split.counts_for_all:
            self._malformed.update(record.rule for record in batch.malformed)
            self.rows_read += len(batch.malformed)
            candidate.reject(self._with_load(self._audit.malformed(batch.malformed)))

    def _sort(self, rows: pl.DataFrame, uri: str, candidate: Candidate) -> None:
        """Rows to the partition that they belong to, those of this one to the audit."""
        if self._delta is not None:
            rows = self._delta.latest(rows, uri)
            if self._previous is not None:
                self._delta.moved(self._split.elsewhere(rows), self._previous)
        rows, stateless = self._split(rows)
        if not stateless.is_empty():
            self._reject_stateless(stateless, uri, candidate)
        if self._job.dismissed is not None:
            rows = self._reject_dismissed(rows, self._job.dismissed, uri, candidate)
        if not rows.is_empty():
            self._judge(rows, uri, candidate)

    def _judge(self, rows: pl.DataFrame, uri: str, candidate: Candidate) -> None:
        self.rows_read += rows.height
        rows = self._decoder(self._with_origin(rows, uri))
        with self._audited:
            accepted, rejected = self._audit.batch(rows)
        if not rejected.is_empty():
            self._heed(rejected)
            candidate.reject(self._with_load(rejected))
        landing = self._with_load(accepted).select(*self._columns, *naming.SYSTEM_COLUMNS)
        if self._previous is not None and self._delta is not None:
            self._delta.hold(landing)
        else:
            self._write(landing, candidate)

    def _write(self, rows: pl.DataFrame, candidate: Candidate) -> None:
        if not rows.is_empty():
            self._content.add(rows["_row_hash"])
            candidate.write(rows)

    def _reject_stateless(self, rows: pl.DataFrame, uri: str, candidate: Candidate) -> None:
        """Rows that belong to no state of the tenant."""
        rules = pl.lit([self._split.rule], dtype=pl.List(pl.String)).alias("_rules")
        self._reject_unjudged(rows.with_columns(rules), self._split.column, uri, candidate)

    def _reject_dismissed(
        self, rows: pl.DataFrame, dismissed: pl.DataFrame, uri: str, candidate: Candidate
    ) -> pl.DataFrame:
        """The rows that nobody dismissed. The others stay refused, for the rules that they broke."""
        there = dismissed.filter(pl.col("_source_uri") == uri).select("_row_number", "_rules")
        refused = rows.join(there, on="_row_number", how="inner", maintain_order="left")
        if refused.is_empty():
            return rows
        self._reject_unjudged(refused, None, uri, candidate)
        return rows.join(there, on="_row_number", how="anti", maintain_order="left")

    def _reject_unjudged(self, rows: pl.DataFrame, shown: str | None, uri: str, candidate: Candidate) -> None:
        """Rows with `_rules` that the audit does not look at: counted as records, kept as rows."""
        text = pl.col(shown) if shown is not None else pl.lit("")
        values = rows.select(text.alias("text"), "_row_number", pl.col("_rules").list.first()).iter_rows()
        self._audit.malformed([Malformed(uri, number, rule, text or "") for text, number, rule in values])
        self.rows_read += rows.height
        kept = self._with_load(self._with_origin(rows.drop("_rules"), uri))
        candidate.reject(kept.with_columns(rows["_rules"]))

    def _with_origin(self, rows: pl.DataFrame, uri: str) -> pl.DataFrame:
        if self._left_over:
            rows = rows.with_columns(pl.lit(None, dtype=pl.String).alias(c) for c in self._left_over)
        return rows.with_columns(pl.lit(uri).alias("_source_uri"), row_hash(rows, self._names))

    def _with_load(self, rows: pl.DataFrame) -> pl.DataFrame:
        return rows.with_columns(
            pl.lit(self._job.tenant.name).alias("_tenant"),
            pl.lit(self._job.state).alias("_state"),
            pl.lit(self._job.load_id).alias("_load_id"),
            pl.lit(self._loaded_at).alias("_loaded_at"),
        )

    def _require_complete(self) -> None:
        said = self._read.completeness()
        if not said.complete:
            raise DataError(
                f"the delivery is not complete: {said.reason}",
                rule="file|truncated",
                where=self._where,
                not_done="nothing was committed; the last good partition stands",
                fix="have it delivered again",
            )

    def _reject_late(self, late: Mapping[str, pl.DataFrame], candidate: Candidate) -> pl.DataFrame | None:
        """Set aside what the audit rejected at its end. The rows of a partial delivery that stand."""
        if self._delta is not None and self._previous is not None:
            delivered, rejected = self._delta.settle(late, self._previous)
            if not rejected.is_empty():
                self._heed(rejected)
                candidate.reject(rejected)
            return delivered
        for rule, rows in late.items():
            candidate.drop_rows(rows, rule)
        if late:
            gone = pl.concat(late.values()).unique(["_source_uri", "_row_number"])
            if "_row_hash" in gone.columns:
                self._content.remove(gone["_row_hash"])
            else:
                self._content.remove_unseen(gone.height, self._job.load_id)
        return None

    def _merge(self, delivered: pl.DataFrame | None, candidate: Candidate) -> None:
        """The rows of a partial delivery, and those of the present partition that it leaves alone."""
        if delivered is None or self._delta is None or self._previous is None:
            return
        self._write(delivered, candidate)
        columns = [*self._columns, *naming.SYSTEM_COLUMNS]
        self._write(self._delta.kept(self._previous, delivered, columns), candidate)
        self._delta.require_enough(self._content.rows, self._previous.height, self._where)

    def _heed(self, rejected: pl.DataFrame) -> None:
        """A row that says its record is deleted is heeded, whatever else is wrong with the row."""
        if self._delta is not None and self._previous is not None and self._job.table.deleted:
            self._delta.moved(says_deleted(rejected, self._job.table.deleted), self._previous)

    def _present_rows(self) -> pl.DataFrame:
        rows = pl.DataFrame(self._job.landing.read("raw", self._job.table.raw, self._job.state))
        return rows.with_columns(pl.col("_loaded_at").cast(pl.Datetime("us")))

    def _columns_left_over(self) -> list[str]:
        """Source columns of the present partition that a partial delivery does not have."""
        if self._previous is None:
            return []
        known = {name.lower() for name in (*self._alignment.names, *self._decoder.companions)}
        known |= set(naming.SYSTEM_COLUMNS)
        return [name for name in self._previous.columns if name.lower() not in known]

    def _version(self, inputs: Callable[[Fingerprint], str], candidate: Candidate) -> PartitionVersion:
        job = self._job
        decoded = f"{EXTRACTION}/{sorted(job.table.decode.items())}"
        data_version = self._content.digest(self._columns, decoded)
        if not self._known:  # what was read is all that tells it from another delivery
            self._fingerprint = replace(self._fingerprint, value=f"rows:{data_version}")
        return PartitionVersion(
            layer="raw",
            table=job.table.raw,
            state=job.state,
            load_id=job.load_id,
            data_version=data_version,
            inputs=inputs(self._fingerprint),
            rows=self._content.rows,
            bytes=candidate.bytes,
            committed_at=datetime.now(UTC).isoformat(timespec="seconds"),
            fingerprint=self._fingerprint.value,
            cursor=job.position(self._request, self._read, self._current, self._unseen),
        )
