"""A publish from end to end: parts in parallel into candidates, then one session swaps them all in."""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from dagster_ingest import faults
from dagster_ingest.errors import IngestError
from dagster_ingest.land.backing import Landed, Receipt
from dagster_ingest.land.snowflake import registry, shape
from dagster_ingest.land.snowflake import statements as sql
from dagster_ingest.land.snowflake.load import Loaded, Part, load, look, new_candidate, tags_of
from dagster_ingest.land.snowflake.names import Names
from dagster_ingest.land.snowflake.problems import Gone, Locked
from dagster_ingest.land.snowflake.sessions import Pool, Ran, Session
from dagster_ingest.land.snowflake.swap import Swapped, swap

ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Publisher:
    """Of one tenant.

    under    tags of target and tenant
    renames  raw table to new column and old one, by contract
    keep     loads before the present one that stay in history
    """

    pool: Pool
    names: Names
    under: Mapping[str, str]
    renames: Mapping[str, Mapping[str, str]]
    keep: int

    def publish(self, parts: Sequence[Landed]) -> Receipt:
        """See land/backing.py."""
        due, ran = self._due(parts)
        if not due:
            return Receipt(_queries(ran))
        looked = self._parallel(look, due)
        loads = [Loaded(part, new_candidate(part)) for part in looked]
        candidates = [load.candidate for load in loads]
        try:
            with self.pool.session(self.under, layer="raw") as session:
                self._shape(session, looked)
                ran += session.log
            for log in self._parallel(self._load, loads):
                ran += log
            swapped, log = self._swap(loads)
            ran += log
        except Gone:
            # Perhaps it happened all the same, and then they are needed: `recover` finds them if not.
            raise
        except Exception:
            self._discard(candidates, staged=True)
            raise
        self._discard([entry.relation for entry in swapped.gone] + swapped.left_alone, staged=False)
        return Receipt(_queries(ran), self._details(ran, looked))

    def _swap(self, loads: Sequence[Loaded]) -> tuple[Swapped, list[Ran]]:
        """Once more where another transaction was in the way: the candidates are as good as before."""
        for _ in range(ATTEMPTS - 1):
            with suppress(Locked):
                return self._swap_once(loads)
        return self._swap_once(loads)

    def _swap_once(self, loads: Sequence[Loaded]) -> tuple[Swapped, list[Ran]]:
        with self.pool.session(self.under, layer="raw") as session:
            swapped = swap(session, self.names, loads, self.keep, self.under)
            faults.reach("backing.published")
            return swapped, session.log

    def _discard(self, candidates: Sequence[str], staged: bool) -> None:
        """Drop candidates, and what may be staged for them. Failing is not worth an error."""
        if not candidates:
            return
        with (
            suppress(IngestError),
            self.pool.session(self.under, layer="raw", table="_candidates") as session,
        ):
            for candidate in candidates:
                drop(session, self.names, candidate, staged)

    def _due(self, parts: Sequence[Landed]) -> tuple[list[Landed], list[Ran]]:
        """Parts that are not there yet. Unavailable, before any upload, where one may not follow."""
        with self.pool.session(self.under, layer="raw") as session:
            keys = registry.where_keys(registry.key_of(part.version) for part in parts)
            present = registry.versions(session, self.names, keys)
            due = []
            for part in parts:
                found = present.get(registry.key_of(part.version))
                if not registry.is_there(found, part):
                    registry.must_replace(found, part)
                    due.append(part)
            return due, session.log

    def _shape(self, session: Session, parts: Sequence[Part]) -> None:
        """Bring the tables' columns up to those of their parts. DDL, so before the transaction."""
        by_table: dict[str, dict[str, None]] = {}
        for part in parts:
            by_table.setdefault(part.landed.version.table, {}).update(dict.fromkeys(part.columns))
        there = shape.columns(session, self.names, [("raw", table) for table in by_table])
        for table, wanted in by_table.items():
            made = shape.changes(
                self.names,
                table,
                list(there.get(("raw", table), {})),
                _ordered(wanted),
                self.renames.get(table, {}),
                comment=f"{self.names.tenant}: rows of {table} as the source spelled them",
            )
            if made:
                session.tag(self.under, layer="raw", table=table)
            for statement in made:
                session.run(statement)

    def _load(self, wanted: Loaded) -> list[Ran]:
        with self.pool.session(self.under, **tags_of(wanted.part.landed)) as session:
            return load(session, self.names, wanted.part, wanted.candidate, self.under)

    def _parallel(self, do: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        """Results in order. After the first failure nothing new is begun; it is raised when all ended."""
        if len(items) == 1:
            return [do(items[0])]
        with ThreadPoolExecutor(min(self.pool.size, len(items)), "snowflake") as workers:
            # A copy of the context for each: the tags of this step hold in its threads.
            futures = [workers.submit(contextvars.copy_context().run, do, item) for item in items]
            _, waiting = wait(futures, return_when=FIRST_EXCEPTION)
            for future in waiting:
                future.cancel()
        return [future.result() for future in sorted(futures, key=lambda f: f.cancelled())]

    def _details(self, ran: Sequence[Ran], parts: Sequence[Part]) -> dict[str, Any]:
        details: dict[str, Any] = {
            "rows": sum(part.digest.rows for part in parts),
            "bytes_staged": sum(part.bytes for part in parts),
            "statements": len(ran),
            "seconds_waited": round(sum(found.seconds for found in ran), 3),
        }
        with (
            # A role may be kept from the history. The load stands, whatever is known of its cost.
            suppress(IngestError, TypeError, ValueError),
            self.pool.session(self.under, layer="raw", table="_costs") as session,
        ):
            rows = session.rows(sql.costs(self.names, _queries(ran)))
            details["bytes_scanned"] = sum(int(row[1] or 0) for row in rows)
            details["execution_seconds"] = round(sum(float(row[2] or 0) for row in rows) / 1000, 3)
        return details


def drop(session: Session, names: Names, candidate: str, staged: bool = True) -> None:
    """staged: files may lie in the stage; a COPY that went well has removed them itself."""
    session.run(sql.drop(names, candidate))
    if staged:
        session.run(sql.remove(names, candidate))


def _queries(ran: Sequence[Ran]) -> tuple[str, ...]:
    """Ids of statements, in order; the connector gives none for some uploads."""
    return tuple(found.query for found in ran if found.query)


def _ordered(columns: Mapping[str, None]) -> list[str]:
    """The source's columns in front of the platform's; each once, whatever its case."""
    seen: dict[str, str] = {}
    for name in columns:
        seen.setdefault(name.upper(), name)
    return sorted(seen.values(), key=lambda name: name.startswith("_"))
