"""The postgres reader against a real server: what it shows, what it counts, whom it leaves alone."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable

import pytest

from dagster_ingest import hsds
from dagster_ingest.errors import PublishError, Unavailable
from dagster_ingest.publish.postgres import PostgresReader
from dagster_ingest.publish.postgres.driver import conninfo
from dagster_ingest.testing.postgres import dump_bytes, session
from dagster_ingest.testing.stage import sample_rows, stage_partition

pytestmark = pytest.mark.postgres


@pytest.fixture
def reader(postgres_dsn: str) -> PostgresReader:
    return PostgresReader("DSN", environ={"DSN": postgres_dsn})


@pytest.fixture
def ask(postgres_dsn: str) -> Callable[..., list[tuple]]:
    def run(query: str, *values: object) -> list[tuple]:
        with session(postgres_dsn) as connection:
            cursor = connection.execute(query, values or None)
            return cursor.fetchall() if cursor.description else []

    return run


def test_a_first_publish_shows_every_row(reader, ask) -> None:
    partition = stage_partition(sample_rows(3))

    done = reader.publish(partition)

    assert done.changed
    assert done.rows["service"] == done.rows["search_record"] == 3
    assert (done.written, done.deleted) == (sum(done.rows.values()), 0)
    assert done.bytes > 0
    assert reader.published("prairie", "IA") == partition.version
    assert ask("select count(*) from prairie.service where _state = 'IA'") == [(3,)]
    assert ask("select version, rows->>'service' from prairie._ingest_publication") == [
        (partition.version, "3")
    ]


def test_values_arrive_as_they_are(reader, ask) -> None:
    reader.publish(stage_partition(sample_rows(1)))
    assert ask("select description from prairie.organization") == [('Says "hi",\nthen \\. ends',)]
    assert ask("select description, _state from prairie.service_at_location") == [("", "IA")]
    assert ask("select alternate_name, minimum_age, assured_date::text from prairie.service") == [
        (None, 18.0, "2026-02-03")
    ]
    assert ask("select last_modified at time zone 'UTC' from prairie.service")[0][0].isoformat() == (
        "2026-02-03T04:05:06.789000"
    )
    assert ask("select taxonomy_codes from prairie.search_record") == [(["XA-1000", 'quoted "code"'],)]
    joined = "select s.name from prairie.search_record r join prairie.service s on s.id = r.service_id"
    assert ask(joined) == [("Service 0",)]


def test_every_entity_of_the_standard_has_its_table(reader, ask) -> None:
    reader.publish(stage_partition(sample_rows(1)))
    tables = {t for (t,) in ask("select tablename from pg_tables where schemaname = 'prairie'")}
    assert set(hsds.entities()) | {"search_record", "_ingest_publication"} == tables


def test_the_same_version_again_does_nothing(reader, ask) -> None:
    partition = stage_partition(sample_rows(3))
    first = reader.publish(partition)
    signed = ask("select published_at, xmin from prairie._ingest_publication")

    again = reader.publish(partition)

    assert not again.changed
    assert (again.written, again.deleted, again.rows) == (0, 0, first.rows)
    assert ask("select published_at, xmin from prairie._ingest_publication") == signed


def test_a_new_version_with_the_same_rows_writes_no_row(reader, ask) -> None:
    reader.publish(stage_partition(sample_rows(3), version="one"))
    before = ask("select id, xmin from prairie.service order by id")

    done = reader.publish(stage_partition(sample_rows(3), version="two"))

    assert (done.changed, done.written, done.deleted, done.bytes) == (True, 0, 0, 0)
    assert reader.published("prairie", "IA") == "two"
    assert ask("select id, xmin from prairie.service order by id") == before


def test_one_percent_changed_writes_one_percent(reader, ask) -> None:
    rows = sample_rows(200)
    reader.publish(stage_partition(rows))
    changed = copy.deepcopy(rows)
    changed["service"][7]["name"] = "Renamed"
    changed["service"][8]["name"] = "Renamed too"
    for entity in ("phone", "schedule"):
        del changed[entity][-1]
    touched = (
        "select count(*) from prairie.service where xmin = (select xmin from prairie._ingest_publication)"
    )

    done = reader.publish(stage_partition(changed))

    assert (done.written, done.deleted) == (2, 2)
    assert done.details["written"] == {"service": 2}
    assert done.details["deleted"] == {"phone": 1, "schedule": 1}
    assert ask(touched) == [(2,)]
    assert ask("select count(*) from prairie.service where name like 'Renamed%'") == [(2,)]
    assert ask("select count(*) from prairie.phone") == [(199,)]


def test_keys_of_any_text_are_compared_whole(reader) -> None:
    """Keys come from the store many in one answer; separators in them are theirs."""
    odd = ['a"b', "c,1", "d\ne", "f\\g", "  h ", "-"]
    notes = [{"translation_id": key, "text": "one"} for key in odd]
    reader.publish(stage_partition({**sample_rows(1), "note": notes}))
    notes = [{**row, "text": "two"} if row["translation_id"] == "c,1" else row for row in notes]
    notes = [row for row in notes if row["translation_id"] != "d\ne"]

    done = reader.publish(stage_partition({**sample_rows(1), "note": notes}))

    assert (done.details["written"], done.details["deleted"]) == ({"note": 1}, {"note": 1})


def test_a_parent_goes_with_its_children_and_comes_back(reader, ask) -> None:
    two, one = sample_rows(2), sample_rows(1)
    reader.publish(stage_partition(two))
    gone = reader.publish(stage_partition(one))
    back = reader.publish(stage_partition(two))
    assert gone.deleted == back.written == 8
    assert ask("select count(*) from prairie.organization") == [(2,)]


def test_bulk_replaces_the_state(postgres_dsn: str, ask) -> None:
    reader = PostgresReader("DSN", mode="bulk", environ={"DSN": postgres_dsn})
    first = reader.publish(stage_partition(sample_rows(3)))
    second = reader.publish(stage_partition(sample_rows(2)))
    assert (second.written, second.deleted) == (sum(second.rows.values()), sum(first.rows.values()))
    assert ask("select count(*) from prairie.service") == [(2,)]


def test_bulk_and_incremental_show_the_same(postgres_dsn: str) -> None:
    one = PostgresReader("DSN", db_schema="one", environ={"DSN": postgres_dsn})
    two = PostgresReader("DSN", db_schema="two", mode="bulk", environ={"DSN": postgres_dsn})
    for reader in (one, two):
        reader.publish(stage_partition(sample_rows(5)))
        reader.publish(stage_partition(sample_rows(4, seed=2)))
    assert _rows(dump_bytes(postgres_dsn, "one")) == _rows(dump_bytes(postgres_dsn, "two"))


def test_states_share_ids_and_leave_each_other_alone(reader, ask) -> None:
    reader.publish(stage_partition(sample_rows(3), state="IA"))
    reader.publish(stage_partition(sample_rows(2), state="NE"))
    before = ask("select id, xmin from prairie.service where _state = 'IA' order by id")

    reader.publish(stage_partition(sample_rows(1), state="NE"))

    assert ask("select _state, count(*) from prairie.taxonomy_term group by 1 order by 1") == [
        ("IA", 1),
        ("NE", 1),
    ]
    assert ask("select id, xmin from prairie.service where _state = 'IA' order by id") == before
    assert reader.published("prairie", "NE") != reader.published("prairie", "IA")


def test_withdraw_takes_one_state_away(reader, ask) -> None:
    shown = reader.publish(stage_partition(sample_rows(2), state="IA"))
    reader.publish(stage_partition(sample_rows(2), state="NE"))

    removed = reader.withdraw("prairie", "IA")

    assert removed == sum(shown.rows.values())
    assert reader.published("prairie", "IA") is None
    assert ask("select distinct _state from prairie.service") == [("NE",)]
    assert reader.withdraw("prairie", "IA") == 0


def test_nothing_published_is_nothing_to_withdraw(reader) -> None:
    assert reader.published("prairie", "IA") is None
    assert reader.withdraw("prairie", "IA") == 0


def test_a_private_value_is_gone_from_every_table_after_it_left_the_stage(reader, postgres_dsn) -> None:
    rows = sample_rows(2)
    rows["service"][0]["alert"] = "canary-one"
    for record in rows["search_record"]:
        record["note"] = "canary-two"
    reader.publish(stage_partition(rows))
    assert {b"canary-one" in dump_bytes(postgres_dsn, "prairie")} == {True}

    clean = sample_rows(2)
    reader.publish(stage_partition(clean))

    found = dump_bytes(postgres_dsn, "prairie")
    assert b"Service 1 at Organization 1" in found
    assert b"canary" not in found


def test_rows_of_an_entity_that_left_the_stage_go(reader, ask) -> None:
    rows = sample_rows(2)
    reader.publish(stage_partition(rows))
    done = reader.publish(stage_partition({k: v for k, v in rows.items() if k != "search_record"}))
    assert done.deleted == 2
    assert ask("select count(*) from prairie.search_record") == [(0,)]


def test_an_added_column_is_migrated_and_other_states_keep_their_rows(reader, ask) -> None:
    reader.publish(stage_partition(sample_rows(2), state="NE"))
    rows = sample_rows(2)
    for record in rows["search_record"]:
        record["languages"] = ["en", "es"]

    done = reader.publish(stage_partition(rows, state="IA"))
    again = reader.publish(stage_partition(sample_rows(1), state="NE"))

    assert done.details["migrations"] == 2  # the column and its index
    assert again.details["migrations"] == 0
    assert ask("select distinct _state, languages from prairie.search_record order by 1") == [
        ("IA", ["en", "es"]),
        ("NE", None),
    ]


def test_a_column_that_changed_its_type_is_refused_and_the_old_rows_stand(reader, ask) -> None:
    reader.publish(stage_partition(sample_rows(2), version="good"))
    rows = sample_rows(2)
    for record in rows["search_record"]:
        record["display_name"] = 7
    with pytest.raises(PublishError, match="display_name is text in the store and bigint in the stage"):
        reader.publish(stage_partition(rows))
    assert reader.published("prairie", "IA") == "good"
    assert ask("select count(*) from prairie.search_record") == [(2,)]


def test_an_orphan_is_refused_by_name_and_the_old_rows_stand(reader, ask) -> None:
    reader.publish(stage_partition(sample_rows(2), version="good"))
    rows = sample_rows(2)
    del rows["organization"][0]
    with pytest.raises(PublishError) as caught:
        reader.publish(stage_partition(rows))
    assert "prairie/IA" in str(caught.value)
    assert "organization_id_fkey" in str(caught.value)
    assert reader.published("prairie", "IA") == "good"
    assert ask("select count(*) from prairie.organization") == [(2,)]


def test_a_value_that_postgres_cannot_hold_is_placed(reader) -> None:
    rows = sample_rows(2)
    rows["service"][1]["name"] = "nul \x00 inside"
    with pytest.raises(PublishError, match=r"COPY service, line 2"):
        reader.publish(stage_partition(rows))
    assert reader.published("prairie", "IA") is None


def test_a_schema_of_another_tenant_is_refused(postgres_dsn: str) -> None:
    shared = PostgresReader("DSN", db_schema="shared", environ={"DSN": postgres_dsn})
    shared.publish(stage_partition(sample_rows(1)))
    before = dump_bytes(postgres_dsn, "shared")
    with pytest.raises(PublishError, match="belongs to tenant 'prairie'"):
        shared.publish(stage_partition(sample_rows(2), tenant="gulf"))
    with pytest.raises(PublishError, match="belongs to tenant 'prairie'"):
        shared.withdraw("gulf", "IA")
    assert dump_bytes(postgres_dsn, "shared") == before


def test_tables_of_somebody_else_are_not_touched(postgres_dsn: str, ask) -> None:
    ask("create table public.service (id int)")
    reader = PostgresReader("DSN", db_schema="public", environ={"DSN": postgres_dsn})
    with pytest.raises(PublishError, match="did not make: service"):
        reader.publish(stage_partition(sample_rows(1)))
    assert ask("select count(*) from pg_tables where schemaname = 'public'") == [(1,)]


def test_rows_that_the_store_swallows_are_noticed(reader, ask) -> None:
    reader.publish(stage_partition(sample_rows(1), version="good"))
    ask("create function swallow() returns trigger language plpgsql as $$ begin return null; end $$")
    ask("create trigger t before insert on prairie.phone for each row execute function swallow()")
    with pytest.raises(PublishError, match="phone: 1 of 2"):
        reader.publish(stage_partition(sample_rows(2)))
    assert reader.published("prairie", "IA") == "good"


def test_a_publisher_waits_for_another_only_so_long(postgres_dsn: str) -> None:
    reader = PostgresReader("DSN", lock_seconds=0.1, environ={"DSN": postgres_dsn})
    reader.publish(stage_partition(sample_rows(1), version="good"))
    with session(postgres_dsn) as other, other.transaction():
        other.execute("select pg_advisory_xact_lock(hashtextextended('dagster_ingest/prairie', 0))")
        with pytest.raises(Unavailable, match="another publisher held the schema"):
            reader.publish(stage_partition(sample_rows(2)))
    assert reader.published("prairie", "IA") == "good"


def test_publishers_at_once_leave_one_whole_publication_each(reader, ask) -> None:
    """Four states and two rivals for one of them, from nothing: schema creation included."""
    partitions = [
        stage_partition(sample_rows(20 + n), state=s) for n, s in enumerate(["IA", "NE", "MO", "KS"])
    ]
    partitions.append(stage_partition(sample_rows(40), state="IA"))
    failures: list[BaseException] = []

    def run(partition) -> None:
        try:
            reader.publish(partition)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(p,)) for p in partitions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    counts = dict(ask("select _state, count(*) from prairie.service group by 1"))
    signed = dict(ask("select state, (rows->>'service')::int from prairie._ingest_publication"))
    assert counts == signed
    assert counts["IA"] in (20, 40)
    assert {counts[s] for s in ("NE", "MO", "KS")} == {21, 22, 23}


def test_the_password_is_in_no_row_and_no_metadata(postgres_dsn: str) -> None:
    secret = "hidden-word"
    reader = PostgresReader("DSN", environ={"DSN": conninfo(postgres_dsn, password=secret)})
    done = reader.publish(stage_partition(sample_rows(1)))
    assert secret not in repr(done)
    assert secret.encode() not in dump_bytes(postgres_dsn, "prairie")


def _rows(dump: bytes) -> list[bytes]:
    """Lines without the times of publication, in an order of their own."""
    head = dump.partition(b"-- accessibility")[2]
    return sorted(head.splitlines())
