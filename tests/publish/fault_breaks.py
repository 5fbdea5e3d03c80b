"""What breaks: each is done to a store that shows the old version, while the new one is published.

A fault takes the store, how it is written, and a patch for the time of the fault; it gives what the error
of the run says, or nothing where there is none.
"""

from __future__ import annotations

import datetime
import json
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import bson
import pytest

from dagster_ingest import faults
from dagster_ingest.errors import IngestError
from dagster_ingest.publish.mongodb import driver
from dagster_ingest.testing import opensearch, postgres
from dagster_ingest.testing.faulty import proxied
from dagster_ingest.testing.wires import refusing, severed
from tests.publish import fault_cases as table
from tests.publish import fault_stores
from tests.publish.fault_stores import STATE, TENANT, new, old
from tests.publish.fault_victim import ROOM
from tests.publish.fault_warm import Victim

SECONDS = 300


def victim(store, mode: str, what: str, point: str = "") -> Victim:
    environ = {**os.environ, **({faults.VARIABLE: f"publish.{point}"} if point else {})}
    return Victim([store.name, mode, what, *store.place], environ)


def kill(store, mode: str, what: str, point: str) -> None:
    """A victim that dies at the point."""
    with victim(store, mode, what, point) as process:
        code, _, errors = process.ended(SECONDS)
    assert code == -signal.SIGKILL, errors


def publish(store, mode: str, patch: pytest.MonkeyPatch, *, what=new, address: str | None = None) -> str:
    """What the reader's error says; empty where there is none."""
    for module in ("mongodb.publishing", "mongodb.shadow", "opensearch.loader"):
        name, size = ("_BYTES", 6_000) if "loader" in module else ("_BATCH", 3)
        patch.setattr(f"dagster_ingest.publish.{module}.{name}", size)
    if mode == table.BY_KEY:
        patch.setattr("dagster_ingest.publish.mongodb.publishing._AT_ONCE", -1)
    reader = store.reader("bulk" if mode == table.BULK else "incremental", address)
    try:
        reader.publish(what(store.name))
    except IngestError as error:
        return f"{type(error).__name__}: {error}"
    return ""


def down(store, mode: str, patch) -> str:
    dead = {
        "opensearch": "http://127.0.0.1:1",
        "mongodb": "mongodb://127.0.0.1:1/",
        "postgres": "postgresql://nobody@127.0.0.1:1/none",
    }
    return publish(store, mode, patch, address=dead[store.name])


def breaks(store, mode: str, patch) -> str:
    at = b"POST /_bulk" if store.name == "opensearch" else fault_stores.ADDED.encode()
    with severed(*line(store, at)) as port:
        return publish(store, mode, patch, address=through(store, port))


def line(store, at: bytes) -> tuple[Any, bytes]:
    if store.name == "postgres":
        parts = driver_parts(store.address)
        return f"{parts['host']}/.s.PGSQL.{parts.get('port', 5432)}", at
    host, _, port = re.sub(r"^\w+://|/.*$", "", store.address).rpartition(":")
    return (host, int(port)), at


def driver_parts(dsn: str) -> dict[str, Any]:
    from psycopg.conninfo import conninfo_to_dict

    return conninfo_to_dict(dsn)


def through(store, port: int) -> str:
    if store.name == "postgres":
        return postgres.conninfo(store.address, host="127.0.0.1", port=str(port))
    if store.name == "mongodb":
        return f"mongodb://127.0.0.1:{port}/?directConnection=true"
    return f"http://127.0.0.1:{port}"


def busy(times: int) -> Callable[..., str]:
    """A server without room in its queue for one item of each bulk request."""

    def fault(store, mode: str, patch) -> str:
        turned: list[str] = []

        def rule(method: str, path: str, body: bytes):
            if not path.startswith("/_bulk") or len(turned) >= times:
                return None
            verb, about = next(iter(json.loads(body.split(b"\n", 1)[0]).items()))
            turned.append(about["_id"])
            lines = body.split(b"\n", 2 if verb == "index" else 1)[-1]
            rest = opensearch.ask(store.address, "POST", "/_bulk", lines)["items"] if lines.strip() else []
            error = {"type": "rejected_execution_exception", "reason": "the queue is full"}
            item = {verb: {"_index": about["_index"], "_id": about["_id"], "status": 429, "error": error}}
            return 200, {"errors": True, "items": [item, *rest]}

        with proxied(store.address, rule) as address:
            said = publish(store, mode, patch, address=address)
        assert turned
        return said

    return fault


def large(store, mode: str, patch) -> str:
    refused: list[int] = []

    def rule(method: str, path: str, body: bytes):
        if path.startswith("/_bulk") and body.count(b"\n") > 2:
            refused.append(len(body))
            return 413, {"error": {"type": "too_large", "reason": "no"}}
        return None

    with proxied(store.address, rule) as address:
        said = publish(store, mode, patch, address=address)
    assert refused
    return said


def no_room(store, mode: str, patch) -> str:
    if store.name == "opensearch":  # its disk is over the flood stage: indices may be read and emptied only

        def rule(method: str, path: str, body: bytes):
            if not path.startswith("/_bulk"):
                return None
            error = {"type": "cluster_block_exception", "reason": "disk usage exceeded flood-stage watermark"}
            heads = [json.loads(each) for each in body.splitlines() if b'"version_type"' in each]
            return 200, {
                "errors": True,
                "items": [{v: {"status": 403, "error": error}} for h in heads for v in h],
            }

        with proxied(store.address, rule) as address:
            return publish(store, mode, patch, address=address)
    if store.name == "mongodb":
        with refusing(line(store, b"")[0], 14031, "no space left on device", "resources", bson) as port:
            return publish(store, mode, patch, address=through(store, port))
    if store.name == "postgres":
        with full_table(store):
            return publish(store, mode, patch)
    return full_folder(store, mode, patch)


@contextmanager
def full_table(store) -> Iterator[None]:
    """PostgreSQL's own error of a full disk, at the first record that is written."""
    with postgres.session(store.address) as connection:
        connection.execute(
            f"create function {store.schema}.full_disk() returns trigger language plpgsql as $$ begin"
            " raise exception 'could not extend file: No space left on device' using errcode = '53100';"
            " end $$"
        )
        on = f"{store.schema}.search_record"
        connection.execute(
            f"create trigger full_disk before insert or update on {on}"
            f" for each row execute function {store.schema}.full_disk()"
        )
        yield
        connection.execute(f"drop function {store.schema}.full_disk() cascade")


def full_folder(store, mode: str, patch) -> str:
    """Files may not grow past a few hundred bytes, in a process of its own: the limit is of all its files."""
    patch.setenv(ROOM, "300")
    with victim(store, mode, "new") as process:
        code, said, errors = process.ended(SECONDS)
    assert code == 0, errors
    return said.strip()


def spoilt(store, mode: str, patch) -> str:
    if store.name == "mongodb":
        with driver.connected(store.address, store.database) as database:
            database.command(
                {"collMod": "resources", "validator": {"originalId": {"$ne": fault_stores.SPOILT}}}
            )
    return publish(store, mode, patch, what=fault_stores.spoilt)


def hand(store, mode: str, patch) -> str:
    """An alias, or the link to a package."""
    if store.name == "opensearch":
        index = next(iter(opensearch.ask(store.address, "GET", "/_alias/gulf-resources_es")))
        opensearch.ask(store.address, "DELETE", f"/{index}/_alias/gulf-resources_es")
    else:
        (Path(store.address) / TENANT / STATE / "hsds_package").unlink()
    return ""


def dropped(store, mode: str, patch) -> str:
    """An index, a collection, a table, a file."""
    if store.name == "opensearch":
        alias = opensearch.ask(store.address, "GET", "/_alias/gulf-resources_es")
        opensearch.ask(store.address, "DELETE", "/" + next(iter(alias)))
    elif store.name == "mongodb":
        with driver.connected(store.address, store.database) as database:
            database["resources"].drop()
    elif store.name == "postgres":
        with postgres.session(store.address) as connection:
            connection.execute(f"drop table {store.schema}.search_record cascade")
    else:
        (Path(store.address) / TENANT / STATE / "hsds_package" / "services.csv").unlink()
    return ""


def two(store, mode: str, patch) -> str:
    """The new version at the same time by two processes."""
    with ExitStack() as stack:
        running = [stack.enter_context(victim(store, mode, "new")) for _ in range(2)]
        said = [process.ended(SECONDS) for process in running]
    assert sorted(out.strip() for _, out, _ in said) == ["published", "unchanged"], said
    return ""


def skewed(seconds: int) -> Callable[..., str]:
    """Its publisher's clock is off by years, and so is the next one's, the other way."""

    def fault(store, mode: str, patch) -> str:
        real, gmtime = time.time, time.gmtime
        patch.setattr(time, "time", lambda: real() + seconds)
        patch.setattr(time, "gmtime", lambda at=None: gmtime(real() + seconds if at is None else at))
        assert publish(store, mode, patch) == ""
        patch.setattr(time, "time", lambda: real() - seconds)
        patch.setattr(time, "gmtime", lambda at=None: gmtime(real() - seconds if at is None else at))
        assert publish(store, mode, patch, what=old) == ""
        return publish(store, mode, patch)

    return fault


YEAR = int(datetime.timedelta(days=365).total_seconds())
BREAKS: dict[str, Callable[..., str]] = {
    table.DOWN: down,
    table.BREAKS: breaks,
    table.FULL_ONCE: busy(1),
    table.FULL: busy(1_000_000),
    table.LARGE: large,
    table.DISK: no_room,
    table.SPOILT: spoilt,
    table.HAND: hand,
    table.DROPPED: dropped,
    table.TWO: two,
    table.AHEAD: skewed(YEAR),
    table.BEHIND: skewed(-YEAR),
}
