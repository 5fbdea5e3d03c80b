"""`python -m benchmarks.readers_job STORE RECORDS`: publishes to one store, says figures.

First the records as a bulk, then with one in a hundred changed, then, from the first again, with one in
ten, then what the store's own client takes for the same documents, ready made. Two sizes of a change tell
what grows with it. CPU is of this process, so of the client; wall holds the server.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any

from dagster_ingest.publish.base import Reader
from dagster_ingest.testing import mongodb, opensearch, postgres
from dagster_ingest.testing.noserver import NoServer
from dagster_ingest.testing.stage_scale import scaled

_CHUNK = 500  # documents of one request of a store's own client
Own = Callable[[], int]
"""Loads ready documents with the store's own client: how many."""


def main(store: str, records: str) -> None:
    plain = scaled(int(records))
    figures: dict[str, Any] = {}
    with ExitStack() as stack:
        try:
            reader, own = MAKE[store](stack)
        except NoServer as reason:
            print(json.dumps({"absent": str(reason)}))
            return
        for name, one_in in (("bulk", 0), ("hundredth", 100), ("", 0), ("tenth", 10)):
            partition = scaled(int(records), one_in=one_in) if one_in else plain
            done, spent = _timed(lambda given=partition: reader.publish(given))
            if name:
                figures |= {f"{name}_written": float(done.written), **_named(name, spent)}
        if own is not None:
            count, spent = _timed(own)
            figures |= {"own_written": float(count), **_named("own", spent)}
    print(json.dumps(figures))


_start = {"cpu": 0.0, "wall": 0.0}


def _restart() -> None:
    """What comes before only makes documents ready."""
    _start.update(cpu=time.process_time(), wall=time.perf_counter())


def _timed(work: Callable[[], Any]) -> tuple[Any, tuple[float, float]]:
    _restart()
    done = work()
    return done, (time.process_time() - _start["cpu"], time.perf_counter() - _start["wall"])


def _named(name: str, spent: tuple[float, float]) -> dict[str, float]:
    return {f"{name}_cpu": spent[0], f"{name}_wall": spent[1]}


def _search(serving: Callable[[], Any]) -> Callable[[ExitStack], tuple[Reader, Own]]:
    def make(stack: ExitStack) -> tuple[Reader, Own]:
        from dagster_ingest.publish.opensearch import OpenSearchReader
        from dagster_ingest.spec.models import OpenSearchTarget

        url = stack.enter_context(serving())
        target = OpenSearchTarget(reader="opensearch", url="URL", replicas=0)
        reader = OpenSearchReader(target, environ={"URL": url}, memory=_memory(stack))
        return reader, lambda: _helpers_bulk(url)

    return make


def _memory(stack: ExitStack) -> Path:
    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ingest-bench-")))


def _helpers_bulk(url: str) -> int:
    from opensearchpy import OpenSearch, helpers

    from dagster_ingest.publish.opensearch.mappings import index_body

    with OpenSearch(url, http_compress=True, timeout=120) as client:
        index = next(iter(client.indices.get_alias(name="bench-resources_en")))
        hits = helpers.scan(client, index=index, size=5_000)
        ready = [{"_id": hit["_id"], "_index": "own", "_source": hit["_source"]} for hit in hits]
        client.indices.create(index="own", body=index_body("resources", shards=1))
        _restart()
        done, _ = helpers.bulk(client, ready, chunk_size=_CHUNK, stats_only=True)
        client.indices.refresh(index="own")
    return done


def _mongodb(stack: ExitStack) -> tuple[Reader, Own]:
    from dagster_ingest.publish.mongodb import MongoReader
    from dagster_ingest.publish.mongodb.driver import connected
    from dagster_ingest.publish.mongodb.keys import Resources
    from dagster_ingest.spec.models import MongoTarget

    uri = stack.enter_context(mongodb.apart())

    def own() -> int:
        with connected(uri, "bench") as database:
            ready = list(database["resources"].find())
            aside = Resources(database, "bench", "own")
            aside.prepare()
            _restart()
            some = iter(ready)
            while chunk := list(islice(some, _CHUNK)):
                aside.collection.insert_many(chunk)
        return len(ready)

    target = MongoTarget(reader="mongodb", url="URL", database="bench")
    return MongoReader(target, environ={"URL": uri}, memory=_memory(stack)), own


def _postgres(stack: ExitStack) -> tuple[Reader, Own]:
    from dagster_ingest.publish.postgres import PostgresReader

    dsn = stack.enter_context(postgres.new_database(stack.enter_context(postgres.running_server())))

    def own() -> int:
        """All tables of the schema by COPY, into tables alike without their indexes."""
        copied = 0
        with postgres.session(dsn) as connection:
            ready = list(_dumped(connection))
            _restart()
            for table, blocks in ready:
                connection.execute(f"create table own.{table} (like bench.{table})")
                with connection.cursor() as cursor:
                    with cursor.copy(f"copy own.{table} from stdin") as copy:
                        for block in blocks:
                            copy.write(block)
                    copied += cursor.rowcount
        return copied

    return PostgresReader("URL", environ={"URL": dsn}), own


def _dumped(connection: Any) -> Iterator[tuple[str, list[bytes]]]:
    connection.execute("create schema own")
    query = "select tablename from pg_tables where schemaname = 'bench' and tablename not like '\\_%'"
    generated = (
        "select string_agg(quote_ident(column_name), ',') from information_schema.columns"
        " where table_schema = 'bench' and table_name = %s"
    )
    for (table,) in connection.execute(query).fetchall():
        columns = connection.execute(generated, [table]).fetchone()[0]
        with connection.cursor().copy(f"copy (select {columns} from bench.{table}) to stdout") as copy:
            yield table, [bytes(block) for block in copy]


def _package(stack: ExitStack) -> tuple[Reader, None]:
    from dagster_ingest.publish.hsds_package import HsdsPackageReader

    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="ingest-bench-"))
    return HsdsPackageReader(Path(folder)), None


MAKE: dict[str, Callable[[ExitStack], tuple[Reader, Own | None]]] = {
    "opensearch": _search(opensearch.stand_in),
    "real": _search(opensearch.real),
    "mongodb": _mongodb,
    "postgres": _postgres,
    "hsds_package": _package,
}

if __name__ == "__main__":
    main(*sys.argv[1:])
