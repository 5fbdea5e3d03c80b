"""What goes, goes from every byte; what would go by accident, stays; what comes back, comes back clean."""

from __future__ import annotations

import pytest

from dagster_ingest.errors import PublishError
from dagster_ingest.testing.readers.world import (
    OTHER,
    STATE,
    TENANT,
    Provider,
    describing,
    made,
    rows_of,
    saying,
    without,
)

CANARY = "canary-6b1f"


class Going:
    def test_a_record_that_left_is_gone_from_every_byte(self, store: Provider) -> None:
        rows, reader = rows_of(), store.reader()
        service = rows["service"][2]["id"]
        reader.publish(made(rows=saying(rows, service, CANARY)))
        assert CANARY.encode() in store.dump()

        reader.publish(made(rows=without(rows, service)))

        assert CANARY.encode() not in store.dump()
        assert service.encode() not in store.dump()

    def test_a_value_that_was_withheld_does_not_come_back_either(self, store: Provider) -> None:
        rows, reader = rows_of(), store.reader()
        service = rows["service"][2]["id"]
        reader.publish(made(rows=describing(rows, service, CANARY)))
        assert CANARY.encode() in store.dump()

        reader.apply(made(rows=describing(rows, service, None)), bulk=True)

        assert CANARY.encode() not in store.dump()
        if store.keeps:
            reader.rollback(TENANT, STATE if store.by_state else None)
            assert CANARY.encode() not in store.dump()

    def test_too_many_deletes_are_refused_and_the_store_stands(self, store: Provider) -> None:
        rows, reader = rows_of(), store.reader()
        before = made(rows=rows)
        reader.publish(before)
        few = made(rows=without(rows, *(row["id"] for row in rows["service"][2:])))

        with pytest.raises(PublishError, match="would be deleted") as caught:
            reader.publish(few)

        assert "--allow-deletes" in str(caught.value)
        assert reader.published(TENANT, STATE) == before.version
        assert reader.verify(before).problems == ()
        with pytest.raises(PublishError, match="would be deleted"):
            reader.apply(few, bulk=True)
        assert reader.apply(few, allow_deletes=True).deleted > 0
        assert reader.verify(few).problems == ()

    def test_withdraw_takes_one_state_and_every_byte_of_it(self, store: Provider) -> None:
        rows, reader = rows_of(), store.reader()
        told = saying(rows, rows["service"][0]["id"], CANARY)
        reader.publish(made(rows=told))
        reader.apply(made(rows=told, version="again"), bulk=True)  # what is kept goes as well
        reader.publish(made(state=OTHER))

        assert reader.withdraw(TENANT, STATE) > 0

        assert reader.published(TENANT, STATE) is None
        assert CANARY.encode() not in store.dump()
        assert reader.verify(made(state=OTHER)).problems == ()
        assert reader.withdraw(TENANT, STATE) == 0
        assert reader.publish(made(rows=rows)).changed

    def test_rollback_brings_back_nothing_that_was_taken_away(self, store: Provider) -> None:
        rows, reader = rows_of(), store.reader()
        service, renamed = rows["service"][0]["id"], rows["service"][1]["id"]
        before = made(rows=saying(rows, service, CANARY))
        reader.publish(before)
        after = made(rows=without(saying(rows, renamed, "Another name"), service))
        reader.apply(after, bulk=True)
        assert CANARY.encode() not in store.dump()
        state = STATE if store.by_state else None
        if not store.keeps:
            with pytest.raises(PublishError, match="is kept"):
                reader.rollback(TENANT, state)
            assert reader.verify(after).problems == ()
            return

        assert reader.rollback(TENANT, state)

        assert CANARY.encode() not in store.dump()
        assert b"Another name" not in store.dump()
        assert reader.published(TENANT, STATE) != before.version  # what came back is not all of it
        with pytest.raises(PublishError, match="kept"):
            reader.rollback(TENANT, state)
        reader.publish(before)
        assert reader.verify(before).problems == ()
