"""One part as an audited candidate: PUT, COPY, and what Snowflake then holds compared with the part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dagster_ingest import faults
from dagster_ingest.errors import LandError
from dagster_ingest.land import delivery
from dagster_ingest.land.backing import Landed
from dagster_ingest.land.snowflake import digest
from dagster_ingest.land.snowflake import statements as sql
from dagster_ingest.land.snowflake.digest import Digest
from dagster_ingest.land.snowflake.names import Names, candidate_name
from dagster_ingest.land.snowflake.problems import NOT_PUBLISHED
from dagster_ingest.land.snowflake.sessions import Ran, Session
from dagster_ingest.land.snowflake.tagging import query_tag


@dataclass(frozen=True, slots=True)
class Part:
    """A part as it lies on this machine.

    columns   in order, system columns included
    said      what it tells of its delivery, as JSON; "" for nothing
    carried   rows of earlier loads that still stand
    """

    landed: Landed
    columns: tuple[str, ...]
    digest: Digest
    said: str
    carried: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """A part whose rows Snowflake has, in a table of their own that nobody reads yet."""

    part: Part
    candidate: str


def tags_of(landed: Landed) -> dict[str, str]:
    version = landed.version
    return {
        "layer": version.layer,
        "table": version.table,
        "state": version.state,
        "load_id": version.load_id,
    }


def look(landed: Landed) -> Part:
    """Read a part once. LandError where it cannot be read, or has other rows than its version says."""
    import duckdb
    import pyarrow as pa

    path, version = landed.path, landed.version
    try:
        columns, said = _footer(path)
        found, carried = digest.of_part(path, columns), digest.carried(path, version.load_id)
        size = path.stat().st_size
    except (OSError, pa.ArrowException, duckdb.Error) as error:
        raise _unusable(path, f"the part cannot be read: {error}") from error
    if found.rows != version.rows:
        raise _unusable(path, f"the part has {found.rows} rows, and its version says {version.rows}")
    return Part(landed, columns, found, said, carried, size)


def _unusable(path: Path, problem: str) -> LandError:
    return LandError(problem, where=str(path), not_done=NOT_PUBLISHED, fix="load again")


def load(session: Session, names: Names, part: Part, candidate: str, under: Mapping[str, str]) -> list[Ran]:
    """Bring a part into the table `candidate` and audit it. Gives the statements that were run."""
    tags = tags_of(part.landed)
    session.tag(under, **tags)
    comment = query_tag(under, **tags)
    session.run(sql.create_candidate(names, candidate, part.columns, comment))
    session.run(sql.put(names, candidate, part.landed.path))
    faults.reach("backing.staged")
    session.run(sql.copy(names, candidate))
    faults.reach("backing.loaded")
    _audit(session, names, part, candidate)
    faults.reach("backing.audited")
    return session.log


def new_candidate(part: Part) -> str:
    return candidate_name(part.landed.version.load_id)


def _audit(session: Session, names: Names, part: Part, candidate: str) -> None:
    [row] = session.rows(sql.audit(names, candidate, digest.in_snowflake(part.columns, part.digest.long)))
    differs = part.digest.differs(digest.read(row), part.columns)
    if differs:
        raise LandError(
            f"Snowflake does not hold what the part holds: {differs}",
            where=f"{part.landed.version.table} {part.landed.version.state} {part.landed.version.load_id}",
            not_done=NOT_PUBLISHED,
            fix="load again; if it stays so, compare the part with what COPY makes of it",
            source={"query id": session.log[-1].query},
        )


def _footer(path: Path) -> tuple[tuple[str, ...], str]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        said = (file.metadata.metadata or {}).get(delivery.KEY, b"")
        return tuple(file.schema_arrow.names), said.decode()
