"""A load in the making for DuckDB: a part nobody reads yet, and its rejected rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_ingest import clock, faults
from dagster_ingest.errors import LandError
from dagster_ingest.land import held
from dagster_ingest.land.backing import Receipt
from dagster_ingest.land.base import Held, PartitionVersion, Reason
from dagster_ingest.land.delivery import Delivery
from dagster_ingest.land.parts import PartWriter
from dagster_ingest.land.profiles import Note
from dagster_ingest.land.spool import RULES, Spool

if TYPE_CHECKING:
    import polars as pl

POSITION = ("_source_uri", "_row_number")


class DuckDBCandidate:
    """See land/base.py. `rows` and `bytes` are those of the part; bytes are known after `seal`."""

    def __init__(
        self,
        table: str,
        state: str,
        load_id: str,
        folder: Path,
        columns: Sequence[str],
        *,
        commit: Callable[[DuckDBCandidate, PartitionVersion], None],
        hold: Callable[[DuckDBCandidate, Held], None],
        abort: Callable[[DuckDBCandidate], bool],
    ) -> None:
        self.table, self.state, self.load_id = table, state, load_id
        self.bytes = 0
        self.spool = Spool(folder, load_id)
        self.part = PartWriter(folder, load_id, columns)
        self.note: Note | None = None
        self.delivery: Delivery | None = None
        self.onto: str | None = None
        self.receipt: Receipt | None = None
        self._drops: list[pl.DataFrame] = []
        self._commit, self._hold, self._abort = commit, hold, abort
        self._stage = "open"

    @property
    def rows(self) -> int:
        return self.part.rows

    @property
    def sealed(self) -> bool:
        return self._stage == "sealed"

    def write(self, frame: pl.DataFrame) -> None:
        self._must_be("open", "write rows")
        if frame.height:
            self.part.write(frame)

    def frames(self, without: pl.DataFrame | None = None) -> Iterator[pl.DataFrame]:
        self._must_be("open", "read rows")
        self.part.close()
        for frame in self.part.frames():
            yield frame if without is None else frame.join(without, on=POSITION, how="anti")

    def reject(self, frame: pl.DataFrame) -> None:
        self._must_be("open", "reject rows")
        self.spool.add(frame)

    def drop_rows(self, row_ids: pl.DataFrame, rule: str) -> None:
        import polars as pl

        self._must_be("open", "drop rows")
        if row_ids.height:
            self._drops.append(row_ids.select(*POSITION, pl.lit(rule).alias(RULES)))

    def observe(self, note: Note) -> None:
        self.note = note

    def describe(self, delivery: Delivery) -> None:
        self._must_be("open", "describe the delivery")
        self.delivery = delivery
        self.part.said = delivery.to_json()

    def replaces(self, load_id: str) -> None:
        self.onto = load_id

    def commits(self, commit: Callable[[DuckDBCandidate, PartitionVersion], None]) -> None:
        """Somebody else decides when it becomes the partition."""
        self._commit = commit

    def forget(self) -> None:
        """Drop everything, the rejects too: it was a rehearsal."""
        if self._stage in ("open", "sealed"):
            self.done("aborted")

    def seal(self) -> None:
        self._must_be("open", "seal")
        self.part.close()
        if self._drops:
            self.part.rewrite(self._setter_aside())
        self.spool.flush()
        self.bytes = self.part.publish()
        self._stage = "sealed"
        faults.reach("land.sealed")

    def commit(self, version: PartitionVersion) -> None:
        self._must_be("sealed", "commit")
        self._commit(self, version)

    def scan(self) -> pl.LazyFrame:
        import polars as pl

        self._must_be("sealed", "scan")
        return pl.scan_parquet(self.part.final, glob=False)

    def hold(
        self,
        version: PartitionVersion,
        *,
        reason: Reason,
        contract_version: str,
        why: str,
        base: str,
        expires_at: str = "",
        difference: dict[str, Any] | None = None,
        contract: str = "",
    ) -> Held:
        self._must_be("sealed", "hold")
        kept = Held(
            table=self.table,
            state=self.state,
            load_id=self.load_id,
            reason=reason,
            hash=held.identity(version.inputs, version.data_version, self.load_id, self.part.final),
            data_version=version.data_version,
            inputs=version.inputs,
            fingerprint=version.fingerprint,
            rows=version.rows,
            bytes=version.bytes,
            file=f"{self.table}/{self.state}/{self.part.final.name}",
            contract_version=contract_version,
            held_at=clock.utc_text(),
            expires_at=expires_at,
            why=why,
            base=base,
            difference=difference or {},
            cursor=version.cursor,
            contract=contract,
        )
        self._hold(self, kept)
        self.done("held")
        return kept

    def abort(self) -> None:
        """Does nothing after a commit or an abort, so that it can stand in a `finally`."""
        if self._stage in ("committed", "held", "aborted", "unsettled"):
            return
        if self._stage == "open" and self._drops:
            self.part.close()
            set_aside = self._setter_aside()
            for frame in self.part.frames():
                set_aside(frame)
        self.spool.flush()
        self.done("aborted" if self._abort(self) else "committed")

    def leave(self) -> None:
        """Nobody knows yet what became of it: its files stay for whoever settles that."""
        self._stage = "unsettled"
        self.spool.release()
        self.part.release()

    def done(self, stage: str) -> None:
        """The load is over: nothing of it is staged any more."""
        self._stage = stage
        self.spool.discard()
        if stage in ("committed", "held"):
            self.part.release()
        else:
            self.part.discard()

    def _setter_aside(self) -> Callable[[pl.DataFrame], pl.DataFrame]:
        """Takes rows of the part, sends those that were dropped to the rejects, gives back the others."""
        import polars as pl

        dropped = pl.concat(self._drops).group_by(POSITION).agg(pl.col(RULES).unique().sort())

        def set_aside(frame: pl.DataFrame) -> pl.DataFrame:
            self.spool.add(frame.join(dropped, on=POSITION, how="inner", maintain_order="left"))
            return frame.join(dropped, on=POSITION, how="anti", maintain_order="left")

        return set_aside

    def _must_be(self, stage: str, what: str) -> None:
        if self._stage != stage:
            raise LandError(
                f"cannot {what}: the load is {self._stage}, not {stage}",
                where=f"{self.table} {self.state} {self.load_id}",
                not_done="nothing was changed",
                fix="begin a new load",
            )
