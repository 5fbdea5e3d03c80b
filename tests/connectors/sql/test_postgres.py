"""Tables of a real PostgreSQL: values, snapshots, pages, cursors, and connections that are lost."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dagster_ingest.connectors import registry
from dagster_ingest.errors import AccessDenied, SpecError, Unavailable
from dagster_ingest.testing import postgres
from dagster_ingest.testing.served import drain

pytestmark = pytest.mark.postgres

TYPED = {
    "int8": ("9007199254740993", "9007199254740993"),
    "numeric(10,2)": ("1.50", "1.50"),
    "numeric": ("'NaN'", "NaN"),
    "float8": ("0.1", "0.1"),
    "float4": ("0.1", "0.1"),
    "money": ("1.50::numeric::money", "1.50"),
    "bool": ("true", "true"),
    "text": ("E'a\\tb'", "a\tb"),
    "char(4)": ("'ab'", "ab  "),
    "date": ("'infinity'", "infinity"),
    "timestamp": ("'2026-11-02 03:15:00.50'", "2026-11-02T03:15:00.5"),
    "timestamptz": ("'2026-11-02 03:15:00+02'", "2026-11-02T01:15:00Z"),
    "time": ("'03:15'", "03:15:00"),
    "interval": ("'1 day 3 seconds'", "P1DT3S"),
    "uuid": ("'6f0c1f6e-3f0e-5a53-9a3c-2f2d6a0e8b11'", "6f0c1f6e-3f0e-5a53-9a3c-2f2d6a0e8b11"),
    "bytea": ("'abc'::bytea", "YWJj"),
    "jsonb": ("""'{"b": 1.50, "a": [true, null]}'""", '{"a":[true,null],"b":1.50}'),
    "json": ("""'{"b": 1.50, "a": 1}'""", '{"b":1.50,"a":1}'),
    "int[]": ("array[1, null, 3]", "[1,null,3]"),
    "text[]": ("array['a', 'b c']", '["a","b c"]'),
    "inet": ("'10.0.0.1'", "10.0.0.1/32"),
    "int4range": ("'[1,5)'", "[1,5)"),
    "mood": ("'glad'", "glad"),
}


def read(request):
    return registry.connector("sql").read(request)


@pytest.fixture
def things(run):
    run(
        "create table things (id int primary key, name text, at timestamptz)",
        "insert into things select n, 'name ' || n, timestamptz '2026-01-01 00:00Z' + n * interval '1 hour'"
        " from generate_series(1, 100) n",
    )


def test_values_of_every_kind_are_canonical_text(ask, run):
    run("create type mood as enum ('glad', 'sad')")
    columns = ", ".join(f"c{n} {kind}" for n, kind in enumerate(TYPED))
    run(f"create table things ({columns})")
    run(f"insert into things values ({', '.join(value for value, _ in TYPED.values())})")
    run("insert into things default values")

    found = drain(read(ask()))

    assert dict(zip(TYPED, found.rows[0], strict=True)) == {kind: text for kind, (_, text) in TYPED.items()}
    assert found.rows[1] == (None,) * len(TYPED)


def test_all_batches_are_of_one_moment(ask, run, things):
    batches = read(ask(page_rows=10)).batches()
    first = next(batches)

    run("update things set name = 'changed'", "delete from things where id > 50")
    run("insert into things values (1000, 'new', now())")
    rest = [row for batch in batches for row in batch.frame.rows()]

    assert len(first.frame) + len(rest) == 100
    assert {row[1] for row in rest} == {f"name {n}" for n in range(11, 101)}


def test_tables_are_discovered_with_keys_and_types(ask, run):
    run(
        "create table parts (b text, a int not null, c numeric(8,3), primary key (c, a))",
        "create view seen as select a from parts",
    )

    found = {table.table: table for table in registry.connector("sql").discover(ask(""))}

    assert found["parts"].keys == ("c", "a")
    assert [(c.name, c.type, c.nullable) for c in found["parts"].columns] == [
        ("b", "text", True),
        ("a", "integer", False),
        ("c", "numeric(8,3)", False),
    ]
    assert found["seen"].settings == {"table": "seen"}


def test_filters_are_pushed_down_and_bound(ask, run):
    run("create table things (id int primary key, state text)")
    run("insert into things values (1, 'IA'), (2, 'NE'), (3, null), (4, 'IA''; drop table things; --')")

    def ids(**where):
        return [row[0] for row in drain(read(ask(where=where))).rows]

    assert ids(state="IA") == ["1"]
    assert ids(state=["NE", None]) == ["2", "3"]
    assert ids(state="IA'; drop table things; --") == ["4"]
    assert ids(id=2, state="NE") == ["2"]


def test_a_cursor_stays_behind_by_the_overlap_and_is_inclusive(ask, run, things):
    how = {"watermark": "at", "overlap": 7200, "deletes": "present", "columns": ["id"]}
    first = drain(read(ask(**how)))
    run("delete from things where id <= 10", "insert into things values (101, 'late', null)")

    second = drain(read(ask(cursor=first.cursor, **how)))

    assert (first.read.snapshot, second.read.snapshot) == (True, False)
    assert datetime.fromisoformat(json.loads(first.cursor)["from"]) == datetime(2026, 1, 5, 2, tzinfo=UTC)
    assert [row[0] for row in second.rows] == ["98", "99", "100", "101"]
    assert first.deletions is None
    assert second.deletions.kind == "present"
    assert sorted(map(int, second.deletions.keys["id"])) == list(range(11, 102))


def test_a_cursor_of_another_column_reads_everything(ask, things):
    first = drain(read(ask(watermark="at")))

    second = drain(read(ask(watermark="id", cursor=first.cursor)))

    assert second.read.snapshot
    assert len(second.rows) == 100


def test_pages_go_on_where_they_broke_off(ask, run, things, tmp_path: Path):
    how = {"read": "pages", "page_rows": 10, "staging": str(tmp_path / "pages"), "watermark": "at"}
    batches = read(ask(**how)).batches()
    first = [next(batches) for _ in range(3)]
    batches.close()
    run("update things set name = 'changed', at = '2027-01-01' where id in (5, 95)")

    second = drain(read(ask(**how)))

    names = {row[0]: row[1] for row in second.rows}
    assert len(second.rows) == len(names) == 100
    assert names["5"] == "name 5"  # from its page, which was kept
    assert names["95"] == "changed"
    assert sum(batch.frame.height for batch in first) == 30
    # the cursor is that of the beginning: the change on a page already read is not passed over
    assert json.loads(second.cursor)["from"] < "2027"
    third = drain(read(ask(**{**how, "staging": str(tmp_path / "other")}, cursor=second.cursor)))
    assert {"5", "95"} <= {row[0] for row in third.rows}


def test_pages_of_other_settings_are_not_used(ask, things, tmp_path: Path):
    how = {"read": "pages", "page_rows": 10, "staging": str(tmp_path / "pages")}
    batches = read(ask(**how)).batches()
    next(batches)
    batches.close()

    found = drain(read(ask(**how, where={"id": [1, 2, 99]})))

    assert [row[0] for row in found.rows] == ["1", "2", "99"]


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (None, "has none"),
        (["part"], "has 1 that are empty or stand twice"),
        (["name"], "has 1 that are empty"),
    ],
)
def test_pages_need_a_key_that_tells_rows_apart(ask, run, key, words: str):
    run("create table things (part int, name text)")
    run("insert into things values (1, 'a'), (1, null), (2, 'b')")

    with pytest.raises(SpecError, match=words):
        drain(read(ask(read="pages", **({"key": key} if key else {}))))


def test_a_probe_notices_rows_and_stamps(ask, run, things):
    def told() -> str:
        return registry.connector("sql").fingerprint(ask(watermark="at", probe=True)).value

    before = told()
    assert told() == before
    run("delete from things where id = 7")
    gone = told()
    run("update things set at = '2030-01-01' where id = 8")

    assert len({before, gone, told()}) == 3


def test_a_connection_that_is_lost_midway_is_unavailable(ask, run, postgres_dsn: str):
    run("create table things as select n as id, repeat('x', 2000) as pad from generate_series(1, 40000) n")
    opened = read(ask(page_rows=100))
    batches = opened.batches()
    next(batches)
    with postgres.session(postgres_dsn) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where pid <> pg_backend_pid() and datname = current_database()"
        )

    with pytest.raises(Unavailable) as found:
        list(batches)
    assert found.value.source["host"].startswith("postgres://local/ingest_test")
    assert not opened.completeness().complete
    assert opened.cursor() is None


def test_a_statement_that_takes_too_long_is_given_up(ask, run):
    run("create view things as select 1 as id, cast(pg_sleep(30) as text) as slow")

    with pytest.raises(Unavailable, match="failed or was lost") as found:
        drain(read(ask(timeout_seconds=1)))
    assert "timeout" in found.value.source["answer"]


def test_what_the_account_may_not_read_is_denied(ask, run, things):
    run("do $$ begin create role stranger login; exception when duplicate_object then null; end $$")
    request = ask(user="stranger")

    with pytest.raises(AccessDenied):
        drain(read(request))
