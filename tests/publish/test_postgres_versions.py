"""Tables of a version that is signed are not read again, and whatever else touched them is mended."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

import pytest

from dagster_ingest.errors import PublishError
from dagster_ingest.publish.base import StagePartition
from dagster_ingest.publish.postgres import PostgresReader, rows, signature
from dagster_ingest.testing.postgres import dump_bytes, session
from dagster_ingest.testing.stage import sample_rows, stage_partition

pytestmark = pytest.mark.postgres

Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture
def reader(postgres_dsn: str) -> PostgresReader:
    return PostgresReader("DSN", environ={"DSN": postgres_dsn})


@pytest.fixture
def ask(postgres_dsn: str) -> Callable[..., list[tuple]]:
    def run(query: str) -> list[tuple]:
        with session(postgres_dsn) as connection:
            cursor = connection.execute(query)
            return cursor.fetchall() if cursor.description else []

    return run


def versioned(given: Rows, *, state: str = "IA", version: str | None = None) -> StagePartition:
    """As a stage hands them over: every table has the version that its rows make."""
    partition = stage_partition(given, state=state, version=version)
    versions = {name: stage_partition({name: some}).version for name, some in given.items()}
    return replace(partition, versions=versions)


class Watched:
    """The tables of a partition that were read. Those that are not `allowed` raise."""

    def __init__(self, partition: StagePartition, allowed: Collection[str]) -> None:
        self.read: list[str] = []
        self._partition, self._allowed = partition, allowed
        self.partition = replace(partition, table=self._table)

    def _table(self, name: str) -> Any:
        assert name in self._allowed, f"{name} was read"
        self.read.append(name)
        return self._partition.table(name)


def renamed(given: Rows, number: int = 0) -> Rows:
    """One service has another name."""
    other = copy.deepcopy(given)
    other["service"][number]["name"] = "Renamed"
    return other


def bodies(dsn: str, schema: str) -> list[bytes]:
    """Every row of the HSDS and search tables, in an order of their own."""
    return sorted(dump_bytes(dsn, schema).partition(b"-- accessibility")[2].splitlines())


def test_only_tables_of_another_version_are_read(reader, ask) -> None:
    given = sample_rows(20)
    first = reader.publish(versioned(given))
    watched = Watched(versioned(renamed(given)), ["service"])

    done = reader.publish(watched.partition)

    assert watched.read == ["service"]
    assert (done.written, done.deleted, done.rows) == (1, 0, first.rows)
    assert ask("select count(*) from prairie.service where name = 'Renamed'") == [(1,)]


def test_a_table_of_another_version_with_the_same_rows_is_not_written(reader, ask) -> None:
    partition = versioned(sample_rows(3))
    reader.publish(partition)
    before = ask("select id, xmin from prairie.service order by id")

    moved = replace(partition, version="two", versions={**partition.versions, "service": "other"})
    done = reader.publish(moved)
    again = reader.publish(Watched(replace(moved, version="three"), []).partition)

    assert (done.changed, done.written, again.changed, again.written) == (True, 0, True, 0)
    assert ask("select id, xmin from prairie.service order by id") == before


@pytest.mark.parametrize("entity", ["phone", "search_record"])
@pytest.mark.parametrize(
    "harm",
    [
        "update prairie.{0} set _row_hash = 1 where id = (select min(id::text)::uuid from prairie.{0})",
        "delete from prairie.{0} where id = (select min(id::text)::uuid from prairie.{0})",
        "insert into prairie.{0} (id, _state, _row_hash{1}) select gen_random_uuid(), _state, _row_hash{1}"
        " from prairie.{0} limit 1",
        "truncate prairie.{0} cascade",
    ],
)
def test_what_a_stranger_did_to_an_unchanged_table_is_mended(
    reader, ask, postgres_dsn, entity: str, harm: str
) -> None:
    given = sample_rows(6)
    good = PostgresReader("DSN", db_schema="good", environ={"DSN": postgres_dsn})
    reader.publish(versioned(given))
    ask(harm.format(entity, ", number" if entity == "phone" else ", display_name"))
    watched = Watched(versioned(renamed(given)), ["service", entity])

    done = reader.publish(watched.partition)
    good.publish(stage_partition(renamed(given)))

    assert sorted(watched.read) == sorted(["service", entity])
    assert done.written + done.deleted > 1
    assert bodies(postgres_dsn, "prairie") == bodies(postgres_dsn, "good")


def test_rows_of_another_state_do_not_count(reader, ask) -> None:
    given = sample_rows(4)
    reader.publish(versioned(given))
    reader.publish(versioned(sample_rows(3), state="NE"))
    ask("delete from prairie.phone where _state = 'NE'")

    done = reader.publish(Watched(versioned(renamed(given)), ["service"]).partition)

    assert done.written == 1


@pytest.mark.parametrize("what", ["polars", "column", "null", "form"])
def test_another_preparation_reads_every_row_again(reader, ask, monkeypatch, what: str) -> None:
    """Signed hashes say nothing of rows that would be hashed otherwise now."""
    given = sample_rows(4)
    reader.publish(versioned(given))
    one_more, everything = ["service", "phone"], list(given)
    expected = everything
    if what == "polars":
        monkeypatch.setattr(rows, "HASHED_BY", ("polars", "another"))
    elif what == "form":
        monkeypatch.setattr(signature, "FORMAT", 0)
    elif what == "column":
        ask("alter table prairie.phone add column more text default 'old'")
        expected = one_more
    else:
        ask("update prairie._ingest_publication set signed = null")
    signature.code.cache_clear()
    watched = Watched(versioned(renamed(given)), expected)

    done = reader.publish(watched.partition)

    signature.code.cache_clear()
    assert sorted(watched.read) == sorted(expected)
    assert done.details["written"]["service"] == 1
    if what == "column":
        assert ask("select distinct more from prairie.phone") == [(None,)]


def test_a_column_of_another_state_is_emptied_here_as_before(reader, ask) -> None:
    """A table outside the standard is known without its rows, and is as wide as the store's."""
    given = sample_rows(3)
    reader.publish(versioned(given))
    wider = copy.deepcopy(given)
    for record in wider["search_record"]:
        record["languages"] = ["en"]
    reader.publish(versioned(wider, state="NE"))
    watched = Watched(versioned(renamed(given)), ["service", "search_record"])
    again = Watched(versioned(renamed(given, 1)), ["service"])

    reader.publish(watched.partition)
    reader.publish(again.partition)

    assert sorted(watched.read) == ["search_record", "service"]
    assert ask("select _state, languages from prairie.search_record group by 1, 2 order by 1") == [
        ("IA", None),
        ("NE", ["en"]),
    ]


def test_a_dropped_table_is_made_again_from_the_stage(reader, ask) -> None:
    given = sample_rows(3)
    reader.publish(versioned(given))
    ask("drop table prairie.search_record")

    done = reader.publish(versioned(given))

    assert done.details["written"] == {"search_record": 3}
    assert ask("select count(*) from prairie.search_record") == [(3,)]


def test_a_ledger_of_before_is_widened_and_its_rows_are_compared(reader, ask) -> None:
    given = sample_rows(4)
    reader.publish(stage_partition(given))
    ask("alter table prairie._ingest_publication drop column signed")
    first = Watched(versioned(renamed(given)), list(given))
    second = Watched(versioned(renamed(given, 1)), ["service"])

    planned = reader.plan(first.partition)
    done = reader.publish(first.partition)
    after = reader.publish(second.partition)

    assert (planned.written, done.details["migrations"]) == ({"service": 1}, 1)
    assert done.written == 1
    assert (after.written, second.read) == (2, ["service"])


@pytest.mark.parametrize("told", ["1", "[]", '{"code": 1}', "null", '{"code": "CODE", "tables": {"x": 1}}'])
def test_a_ledger_that_somebody_wrote_to_is_no_signature(reader, ask, told: str) -> None:
    given = sample_rows(2)
    reader.publish(versioned(given))
    ask(f"update prairie._ingest_publication set signed = '{told.replace('CODE', signature.code())}'")
    watched = Watched(versioned(renamed(given)), list(given))

    assert reader.publish(watched.partition).written == 1
    assert sorted(watched.read) == sorted(given)


def test_partitions_without_versions_are_compared_whole(reader) -> None:
    given = sample_rows(4)
    reader.publish(versioned(given))
    plain = Watched(stage_partition(renamed(given)), list(given))
    after = Watched(versioned(renamed(given, 1)), list(given))

    assert reader.publish(plain.partition).written == 1
    assert reader.publish(after.partition).written == 2
    assert sorted(plain.read) == sorted(after.read) == sorted(given)


def test_a_bulk_reads_and_writes_every_row(reader) -> None:
    given = sample_rows(4)
    reader.publish(versioned(given))
    watched = Watched(versioned(given), list(given))
    done = reader.apply(watched.partition, bulk=True)
    assert sorted(watched.read) == sorted(given)
    assert done.written == sum(done.rows.values())


def test_a_plan_reads_as_little(reader) -> None:
    given = sample_rows(4)
    reader.publish(versioned(given))
    watched = Watched(versioned(renamed(given)), ["service"])
    whole = reader.plan(stage_partition(renamed(given)))
    assert reader.plan(watched.partition) == whole
    assert (whole.written, whole.unchanged["phone"]) == ({"service": 1}, 4)


def test_withdrawn_and_published_again_every_row_comes(reader) -> None:
    given = sample_rows(3)
    first = reader.publish(versioned(given))
    reader.withdraw("prairie", "IA")
    assert reader.publish(versioned(given)).written == first.written


def test_an_entity_that_left_is_emptied_and_comes_back(reader, ask) -> None:
    given = sample_rows(3)
    without = {name: some for name, some in given.items() if name != "phone"}
    for some in (given, without, given):
        reader.publish(versioned(some))
    assert ask("select count(*) from prairie.phone") == [(3,)]


@pytest.mark.parametrize(
    ("event", "given", "named"),
    [
        ("insert or update", renamed(sample_rows(3)), "service: 2 of 3"),
        ("delete", {**sample_rows(3), "phone": sample_rows(3)["phone"][:2]}, "phone: 3 of 2"),
    ],
)
def test_what_the_store_swallows_is_noticed(reader, ask, event: str, given: Rows, named: str) -> None:
    first = versioned(sample_rows(3))
    reader.publish(first)
    ask("create function swallow() returns trigger language plpgsql as $$ begin return null; end $$")
    for table in ("service", "phone"):
        ask(f"create trigger t before {event} on prairie.{table} for each row execute function swallow()")
    with pytest.raises(PublishError, match=named):
        reader.publish(versioned(given))
    assert reader.published("prairie", "IA") == first.version


@pytest.mark.parametrize("seed", range(3))
def test_any_changes_show_what_a_fresh_publish_shows(postgres_dsn: str, seed: int) -> None:
    chance = random.Random(seed)
    kept = PostgresReader("DSN", db_schema="kept", max_delete_share=1, environ={"DSN": postgres_dsn})
    fresh = PostgresReader("DSN", db_schema="fresh", environ={"DSN": postgres_dsn})
    given = sample_rows(8, seed=seed)
    kept.publish(versioned(given))
    for step in range(6):
        given = changed(given, chance)
        if chance.random() < 0.7:
            harm(postgres_dsn, chance)
        partition = versioned(given, version=f"{seed}/{step}")
        kept.publish(partition if chance.random() < 0.8 else replace(partition, versions={}))
        fresh.apply(stage_partition(given), bulk=True, allow_deletes=True)
        assert bodies(postgres_dsn, "kept") == bodies(postgres_dsn, "fresh"), step
        assert kept.verify(partition).problems == ()


def changed(given: Mapping[str, list[dict[str, Any]]], chance: random.Random) -> Rows:
    """Leaves deleted, texts changed, services added: one to three of these."""
    other = copy.deepcopy(dict(given))
    for _ in range(chance.randint(1, 3)):
        entity = chance.choice(["phone", "schedule", "attribute", "search_record"])
        what = chance.choice(["delete", "change", "add"])
        if what == "delete" and other[entity]:
            other[entity].pop(chance.randrange(len(other[entity])))
        elif what == "change":
            chance.choice(other["service"])["name"] = f"Name {chance.random()}"
        else:
            taken = {row["id"] for row in other["service"]}
            more = sample_rows(len(taken) + 1, seed=chance.randint(0, 9))
            for name in ("organization", "service", "location", "service_at_location", "phone"):
                known = {row["id"] for row in other[name]}
                other[name] += [row for row in more[name] if row["id"] not in known]
    return other


def harm(dsn: str, chance: random.Random) -> None:
    """What nobody but the reader should do."""
    table = chance.choice(["phone", "schedule", "attribute", "search_record"])
    with session(dsn) as connection:
        if chance.random() < 0.5:
            connection.execute(f"update kept.{table} set _row_hash = _row_hash + 1")
        else:
            connection.execute(f"delete from kept.{table}")


def test_ids_in_capitals_are_the_same_ids(reader, ask) -> None:
    given = sample_rows(3)
    first = versioned(given)
    reader.publish(first)
    loud = copy.deepcopy(given)
    for some in loud.values():
        for row in some:
            row |= {n: row[n].upper() for n in row if n == "id" or n.endswith("_id")}

    done = reader.publish(versioned(loud))

    assert (done.deleted, done.rows) == (0, reader.publish(versioned(loud)).rows)
    assert ask("select min(id::text) from prairie.service") == [(min(r["id"] for r in given["service"]),)]
    assert reader.verify(versioned(loud)).problems == ()
