"""Tables of a real MariaDB by the dialect mysql. SQL Server is tried as text only: see test_query."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dagster_ingest.connectors import registry
from dagster_ingest.connectors.base import ReadRequest
from dagster_ingest.errors import AccessDenied, NothingDelivered, Unavailable
from dagster_ingest.testing import mysql
from dagster_ingest.testing.served import drain

pytestmark = pytest.mark.mysql

TYPED = {
    "bigint": ("9007199254740993", "9007199254740993"),
    "decimal(10,2)": ("1.50", "1.50"),
    "double": ("1e-7", "1e-07"),
    "boolean": ("true", "1"),
    "bit(3)": ("b'101'", "5"),
    "varchar(40)": ("'Peña: %s :p0 \\\\ \"q\"'", 'Peña: %s :p0 \\ "q"'),
    "date": ("'2026-11-02'", "2026-11-02"),
    "datetime(3)": ("'2026-11-02 03:15:00.5'", "2026-11-02T03:15:00.5"),
    "time(1)": ("'03:15:00.5'", "03:15:00.5"),
    "year": ("2026", "2026"),
    "blob": ("'abc'", "YWJj"),
    "enum('x','y')": ("'y'", "y"),
}


@pytest.fixture
def database(mysql_server: str) -> Iterator[tuple[str, Callable[..., None]]]:
    with mysql.new_database(mysql_server) as found:
        yield found


@pytest.fixture
def ask(database, tmp_path: Path) -> Callable[..., ReadRequest]:
    def request(table: str = "things", **more: Any) -> ReadRequest:
        own = {k: more.pop(k) for k in ("cursor", "staging", "sample") if k in more}
        settings = {"dsn": {"secret": "DSN"}, "dialect": "mysql", **more}
        secrets = {"DSN": more.pop("address", database[0])}.__getitem__
        settings.pop("address", None)
        return ReadRequest("acme", "db", table, "IA", settings, str(tmp_path), secrets=secrets, **own)

    return request


def read(request: ReadRequest):
    return registry.connector("sql").read(request)


def test_values_of_every_kind_are_canonical_text(ask, database):
    columns = ", ".join(f"c{n} {kind}" for n, kind in enumerate(TYPED))
    database[1](f"create table things ({columns}, ts timestamp(6) null) charset utf8mb4")
    values = ", ".join(value for value, _ in TYPED.values())
    database[1]("set time_zone = '+02:00'", f"insert into things values ({values}, '2026-11-02 03:15:00.25')")

    found = drain(read(ask()))

    expected = {kind: text for kind, (_, text) in TYPED.items()}
    assert dict(zip(TYPED, found.rows[0], strict=False)) == expected
    assert found.rows[0][-1] == "2026-11-02T01:15:00.25Z"


def test_snapshots_cursors_deletes_and_discovery(ask, database):
    database[1]("create table things (id bigint, part int, at datetime, primary key (part, id))")
    rows = ", ".join(f"({2**53 + n}, 1, '2026-01-01 00:00:{n:02}')" for n in range(20))
    database[1](f"insert into things values {rows}")
    how = {"watermark": "at", "overlap": 2, "deletes": "present", "where": {"part": [1, 2]}}

    batches = read(ask(page_rows=5, **how)).batches()
    count = next(batches).frame.height
    database[1]("delete from things where id % 2 = 0")
    count += sum(batch.frame.height for batch in batches)
    first = drain(read(ask(**how)))
    second = drain(read(ask(cursor=first.cursor, **how)))
    (table,) = registry.connector("sql").discover(ask(""))

    assert count == 20
    assert json.loads(first.cursor)["from"] == "2026-01-01 00:00:17"
    assert [int(row[0]) - 2**53 for row in second.rows] == [17, 19]
    assert second.deletions.keys.height == 10
    assert (table.table, table.keys) == ("things", ("part", "id"))


def test_pages_by_large_numbers_lose_none(ask, database, tmp_path: Path):
    database[1]("create table things (id bigint primary key)")
    database[1](f"insert into things values {', '.join(f'({2**53 + n})' for n in range(23))}")

    found = drain(read(ask(read="pages", page_rows=5, staging=str(tmp_path / "pages"))))

    assert [int(row[0]) - 2**53 for row in found.rows] == list(range(23))


@pytest.mark.parametrize(
    ("user", "port", "kind"), [("nobody:wrong", None, AccessDenied), ("root", 1, Unavailable)]
)
def test_no_way_in(ask, database, user: str, port: int | None, kind: type):
    host = database[0].partition("@")[2]
    host = host if port is None else f"127.0.0.1:{port}/x"

    with pytest.raises(kind):
        read(ask(address=f"mysql://{user}@{host}"))


def test_a_table_that_is_not_there(ask, database):
    database[1]("create table thinks (id int)")

    with pytest.raises(NothingDelivered, match="no table 'things'") as found:
        read(ask())
    assert "did you mean 'thinks'" in found.value.fix
