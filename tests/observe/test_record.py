"""What a step writes to the event log, and what a warehouse told of it."""

from __future__ import annotations

from dagster_ingest.land.backing import Receipt
from dagster_ingest.observe.record import StepRecord

RECORD = StepRecord(tenant="gulf", state="FL", layer="raw", table="wellsky_services", load_id="L1")


def test_what_is_not_known_is_not_written():
    metadata = RECORD.as_metadata()
    assert metadata["rows_read"] == 0
    assert not {"bytes_scanned", "queries", "credits", "source"} & metadata.keys()


def test_a_receipt_is_written_as_plain_values():
    receipt = Receipt(("q1", "q2"), {"bytes_scanned": 10, "execution_seconds": 0.5, "snapshot": 7})
    metadata = RECORD.told(receipt).as_metadata()
    assert metadata["queries"] == ["q1", "q2"]
    assert (metadata["bytes_scanned"], metadata["execution_seconds"]) == (10, 0.5)
    assert "snapshot" not in metadata


def test_partitions_that_were_published_together_share_what_it_took():
    receipt = Receipt(("q1",), {"bytes_scanned": 10, "execution_seconds": 0.9, "bytes_written": None})
    told = RECORD.told(receipt.among(3))
    assert (told.bytes_scanned, told.execution_seconds, told.bytes_written) == (3, 0.3, None)
    assert told.queries == ("q1",)
    assert receipt.among(1) is receipt


def test_without_a_receipt_nothing_is_added():
    assert RECORD.told(None) is RECORD
