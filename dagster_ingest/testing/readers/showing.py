"""A publish says before what it does, does it once, and can be compared with the stage."""

from __future__ import annotations

from dagster_ingest.testing.readers.world import (
    OTHER,
    STATE,
    TENANT,
    Provider,
    made,
    rows_of,
    saying,
    without,
)


class Showing:
    def test_a_plan_is_what_the_first_publish_does(self, store: Provider) -> None:
        reader, given = store.reader(), made()
        assert reader.published(TENANT, STATE) is None

        planned = reader.plan(given)
        assert reader.published(TENANT, STATE) is None
        done = reader.publish(given)

        assert (sum(planned.written.values()), sum(planned.deleted.values())) == (done.written, 0)
        assert done.changed
        assert done.written > 0
        assert store.reader().published(TENANT, STATE) == given.version

    def test_the_same_again_does_nothing(self, store: Provider) -> None:
        reader, given = store.reader(), made()
        first = reader.publish(given)

        planned, again = reader.plan(given), reader.publish(given)

        assert (dict(planned.written), dict(planned.deleted), planned.bulk) == ({}, {}, "")
        assert (again.changed, again.written, again.deleted) == (False, 0, 0)
        assert dict(again.rows) == dict(first.rows)

    def test_a_new_version_of_the_same_rows_writes_none(self, store: Provider) -> None:
        reader = store.reader()
        reader.publish(made(version="one"))

        done = reader.publish(made(version="two"))

        assert (done.written, done.deleted) == (0, 0)
        assert reader.published(TENANT, STATE) == "two"

    def test_a_plan_is_what_a_change_does(self, store: Provider) -> None:
        rows, reader = rows_of(), store.reader()
        reader.publish(made(rows=rows))
        first, last = rows["service"][0]["id"], rows["service"][-1]["id"]
        given = made(rows=without(saying(rows, first, "Another name"), last))

        planned, done = reader.plan(given), reader.publish(given)

        assert (sum(planned.written.values()), sum(planned.deleted.values())) == (done.written, done.deleted)
        assert 0 < done.written < sum(done.rows.values())
        assert done.deleted > 0
        assert b"Another name" in store.dump()
        assert last.encode() not in store.dump()

    def test_verify_agrees_with_what_was_published(self, store: Provider) -> None:
        reader, given = store.reader(), made()
        assert reader.verify(given).problems

        reader.publish(given)
        found = reader.verify(given)

        assert found.problems == ()
        assert found.sampled > 0
        assert sum(found.counts.values()) == sum(given_rows(reader.publish(given)))

    def test_verify_finds_damage_and_a_bulk_publish_mends_it(self, store: Provider) -> None:
        reader, given = store.reader(), made()
        reader.publish(given)
        store.spoil("Service 1")

        assert reader.verify(given).problems
        assert not reader.publish(given).changed or reader.verify(given).problems == ()
        reader.apply(given, bulk=True)

        assert reader.verify(given).problems == ()

    def test_verify_finds_that_the_stage_has_moved_on(self, store: Provider) -> None:
        rows, reader = rows_of(), store.reader()
        reader.publish(made(rows=rows))

        assert reader.verify(made(rows=saying(rows, rows["service"][0]["id"], "Another name"))).problems
        assert reader.verify(made(rows=without(rows, rows["service"][0]["id"]))).problems

    def test_bulk_shows_what_changes_show(self, store: Provider) -> None:
        reader, given = store.reader(), made(7, seed=2)
        reader.publish(made())
        reader.publish(made(state=OTHER))

        done = reader.apply(given, bulk=True, allow_deletes=True)

        assert done.changed
        assert reader.verify(given).problems == ()
        assert reader.verify(made(state=OTHER)).problems == ()


def given_rows(publication) -> list[int]:
    return list(publication.rows.values())
