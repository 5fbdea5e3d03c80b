"""Memory is bounded by the batch, not by the file."""

from __future__ import annotations

from dagster_ingest.connectors.files import delimited, rows
from dagster_ingest.connectors.files.streams import unpacked

ROWS = 60_000


def test_the_first_batch_comes_long_before_the_end_is_read(drops, monkeypatch):
    monkeypatch.setattr(rows, "BLOCK_BYTES", 2**12)
    streams = []

    def watched(*args):
        manager = unpacked(*args)

        class Watch:
            def __enter__(self):
                streams.append(manager.__enter__())
                return streams[-1]

            def __exit__(self, *error):
                return manager.__exit__(*error)

        return Watch()

    size = (
        drops.put("r.csv", "ID,NAME\n" + "".join(f"{i},some name {i}\n" for i in range(ROWS))).stat().st_size
    )
    monkeypatch.setattr(delimited, "unpacked", watched)

    read = drops.connector.read(drops.request())
    before = []
    for batch in read.batches():
        before.append((streams[-1].bytes, batch.frame.height))

    assert sum(height for _, height in before) == ROWS
    assert len(before) > 5
    assert before[0][0] < size / 2
    assert max(height for _, height in before) < ROWS / 4


def test_rows_are_numbered_over_batches_with_malformed_rows_between(drops, monkeypatch):
    monkeypatch.setattr(rows, "BLOCK_BYTES", 2**10)
    monkeypatch.setattr(rows, "BATCH_BLOCKS", 2)
    bad = {1, 2, 77, 500, 501, 502, 1999, 2000}
    lines = [f"{n}" if n in bad else f"{n},name" for n in range(1, 2001)]
    drops.put("r.csv", "ID,NAME\n" + "\n".join(lines) + "\n")

    found = drops.read()

    assert found.batches > 5
    assert [int(row[0]) for row in found.rows] == found.numbers
    assert {m.row_number for m in found.malformed} == bad
    assert all(m.text == str(m.row_number) for m in found.malformed)
    assert len(found.rows) + len(bad) == 2000


def test_an_abandoned_read_lets_go_of_the_file(drops):
    drops.put("r.csv", "ID,NAME\n" + "".join(f"{i},name\n" for i in range(1000)))
    batches = drops.connector.read(drops.request()).batches()
    next(batches)
    batches.close()
    assert len(drops.read().rows) == 1000
