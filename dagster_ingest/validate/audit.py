"""The audit of one candidate: batches in, accepted and rejected rows out, one verdict at the end.

Fails closed: whatever goes wrong in a batch is raised, and an audit that was interrupted can only
end in a blocked verdict, even if its caller goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import reduce
from operator import and_
from typing import Protocol

import polars as pl

from dagster_ingest import clock
from dagster_ingest.errors import DataError
from dagster_ingest.spec.contract import Contract
from dagster_ingest.spec.models import Policy
from dagster_ingest.validate.aggregates import Aggregates
from dagster_ingest.validate.answers import Ask, judge_answers
from dagster_ingest.validate.compile import SQL_KINDS, Gate, compile_contract
from dagster_ingest.validate.decide import count_rules, decide
from dagster_ingest.validate.keys import ORIGIN, KeyWatch
from dagster_ingest.validate.profiler import PROBE_ROWS, Profiler
from dagster_ingest.validate.tally import Tally
from dagster_ingest.validate.verdict import Verdict

RULES = "_rules"


class Unreadable(Protocol):
    """A record that has no place in the table's columns (connectors.base.Malformed)."""

    uri: str
    row_number: int
    rule: str
    text: str


class Auditor:
    """Audits one table's candidate. Not thread-safe; one use.

    parents         key columns of the committed parents, by the table name that foreign keys use
    last_good_rows  rows of the last good load of this partition, or None
    now             what age is counted from, naive UTC; left out: the clock
    """

    def __init__(
        self,
        contract: Contract,
        policy: Policy,
        parents: Mapping[str, pl.DataFrame],
        last_good_rows: int | None,
        *,
        now: datetime | None = None,
    ) -> None:
        now = now or clock.utc()
        self._contract = contract
        self._policy = policy
        self._last_good = last_good_rows
        self._gate: Gate = compile_contract(contract, parents, now)
        self._flags = _flags_by_rule(self._gate)
        tallied = self._gate.tallied
        self._error_rules = [
            (i, r) for i, r in enumerate(self._gate.rows) if r.severity == "error" and i not in tallied
        ]
        self._aggregates = Aggregates(self._gate, now)
        self._keys = [KeyWatch(rule) for rule in self._gate.keys]
        self._needed = self._gate.columns | set(ORIGIN)
        self._tally = Tally(contract)
        self._read = self._rejected = 0
        self._interrupted: str | None = None
        self._profiler: Profiler | None = None
        self._unruled: list[pl.Expr] = []

    def watch(self, profiler: Profiler) -> None:
        """Let `profiler` see every batch as the rules see it. Before the first batch."""
        self._profiler = profiler
        view = {expression.meta.output_name() for expression in self._gate.view[0]}
        self._unruled = [pl.col(name) for name in profiler.unseen(view)]

    def batch(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Rows that may land, and rows for quarantine with `_rules` (ids of the error rules they broke).

        frame: raw columns as String, `_source_uri`, `_row_number`, `_row_hash`. Row order is kept.
        """
        before, self._interrupted = self._interrupted, "the audit of a batch did not end"
        missing = sorted(self._needed - set(frame.columns))
        if missing:
            raise DataError(
                f"the contract has rules on columns that the candidate lacks: {', '.join(missing)}",
                where=self._contract.table,
                not_done="nothing was committed",
            )
        try:
            accepted, rejected = self._split(frame)
        except Exception as error:
            self._interrupted = f"the audit itself failed: {type(error).__name__}: {error}"
            raise DataError(
                self._interrupted, where=self._contract.table, not_done="nothing was committed"
            ) from error
        self._read += frame.height
        self._rejected += rejected.height
        self._interrupted = before
        return accepted, rejected

    def malformed(self, records: Iterable[Unreadable]) -> pl.DataFrame:
        """Count records that never became rows; returns them as rejected rows with their text."""
        records = list(records)
        for record in records:
            self._tally.malformed(record.rule, record.uri, record.row_number, record.text)
            self._tally.combined(record.rule, 1)
        self._read += len(records)
        self._rejected += len(records)
        frame = pl.DataFrame(
            {
                "_malformed": [r.text for r in records],
                "_source_uri": [r.uri for r in records],
                "_row_number": [r.row_number for r in records],
                RULES: [[r.rule] for r in records],
            },
            schema={
                "_malformed": pl.String,
                "_source_uri": pl.String,
                "_row_number": pl.Int64,
                RULES: pl.List(pl.String),
            },
        )
        return frame.with_columns(_row_hash=pl.col("_malformed").hash())

    def finish(self, ask: Ask | None = None) -> tuple[Verdict, dict[str, pl.DataFrame]]:
        """The verdict, and the accepted rows that must go after all, by rule id.

        Late rejects are frames of `_source_uri`, `_row_number`; a row may stand under several rules.

        ask  answers sql rules; called once, and only where the contract has some
        """
        late = self._late()
        reasons = self._aggregates.finish(self._tally)
        if queries := [rule for rule in self._contract.rules if rule.kind in SQL_KINDS]:
            reasons += judge_answers(queries, ask, late, self._tally, self._contract)
        late_rows = pl.concat(late.values()).unique().height if late else 0
        rejected = self._rejected + late_rows
        accepted = self._read - rejected
        counts = count_rules(self._contract, self._tally, accepted, self._last_good) + reasons
        verdict = decide(
            self._policy,
            self._tally,
            read=self._read,
            accepted=accepted,
            rejected=rejected,
            counts=counts,
            broken=self._interrupted,
        )
        return verdict, late

    def _split(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        checked = self._checked(frame)
        names = [str(i) for i in range(len(self._gate.rows))]
        failed = checked.select(pl.col(n).not_().sum() for n in names).row(0) if names else ()
        self._aggregates.see(checked, frame)
        for i, rule in enumerate(self._gate.rows):
            if failed[i]:
                broken = frame.filter(~checked[str(i)])
                self._tally.broke(rule, broken, failed[i])
                if self._profiler is not None:
                    self._profiler.broke(rule, broken, failed[i])
        if any(failed[i] for i, _ in self._error_rules):
            good = checked.select(reduce(and_, (pl.col(str(i)) for i, _ in self._error_rules))).to_series()
            rejected = self._rejects(frame.filter(~good), checked.filter(~good))
            frame, checked = frame.filter(good), checked.filter(good)
        else:
            rejected = frame.clear().with_columns(pl.Series(RULES, [], dtype=pl.List(pl.String)))
        for watch in self._keys:
            columns = {f"key:{c}": c for c in watch.rule.columns}
            watch.see(checked.select(columns.keys()).rename(columns), frame.select(ORIGIN))
        return frame, rejected

    def _checked(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Flags and key columns of a batch; the profile is taken in the same plan."""
        wanted = [*self._flags, *self._key_columns(), *self._aggregates.columns()]
        profiler = self._profiler
        if profiler is None:
            return self._gate.look(frame).select(wanted).collect()
        if profiler.needs_probe(frame.height):
            head = self._gate.look(frame.head(PROBE_ROWS), self._unruled)
            profiler.probe(head.select(profiler.names).collect())
        view = self._gate.look(frame, self._unruled).collect()
        profiler.take(view)
        return view.select(wanted)  # eagerly: the optimizer costs more than it saves here

    def _key_columns(self) -> list[pl.Expr]:
        rules = (*self._gate.keys, *self._gate.repeats)
        names = dict.fromkeys(c for rule in rules for c in rule.columns)
        return [pl.col(c).alias(f"key:{c}") for c in names]

    def _rejects(self, rows: pl.DataFrame, flags: pl.DataFrame) -> pl.DataFrame:
        broken = [pl.when(pl.col(str(i)).not_()).then(pl.lit(r.id)) for i, r in self._error_rules]
        rules = flags.select(pl.concat_list(broken).list.drop_nulls().alias(RULES)).to_series()
        for combination, count in rules.list.join(", ").value_counts().iter_rows():
            self._tally.combined(combination, count)
        return rows.with_columns(rules)

    def _late(self) -> dict[str, pl.DataFrame]:
        late: dict[str, pl.DataFrame] = {}
        for watch in self._keys:
            rows = watch.duplicates()
            watch.close()
            if rows.is_empty():
                continue
            names = {f"k{i}": c for i, c in enumerate(watch.rule.columns)}
            self._tally.broke(watch.rule, rows.rename(names), rows.height)
            if watch.rule.severity == "error":
                late[watch.rule.id] = rows.select("_source_uri", "_row_number", "_row_hash")
        tagged = [rows.with_columns(rule=pl.lit(rule)) for rule, rows in late.items()]
        if tagged:
            sets = pl.concat(tagged).group_by("_source_uri", "_row_number", maintain_order=True).agg("rule")
            for combination, count in sets["rule"].list.join(", ").value_counts().iter_rows():
                self._tally.combined(combination, count)
        return late


def _flags_by_rule(gate: Gate) -> list[pl.Expr]:
    """One flag for each row rule, named by its position: true where the row passes all of its checks."""
    outcomes = gate.schema.outcomes()
    return [
        reduce(and_, (outcomes[p].expression for p in positions)).alias(str(i))
        for i, positions in enumerate(gate.outcome)
    ]
