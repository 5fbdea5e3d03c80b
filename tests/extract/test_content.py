"""Row hashes and the digest over them."""

from __future__ import annotations

import subprocess
import sys

import polars as pl

from dagster_ingest.extract.content import Content, row_hash

FRAME = pl.DataFrame({"A": ["x", "y", "", None, "x" * 99], "B": ["1", "", "é", "2", None]})


def digest(*frames, drop=None):
    content = Content()
    for frame in frames:
        content.add(row_hash(frame, ["A", "B"]))
    if drop is not None:
        content.remove(row_hash(drop, ["A", "B"]))
    return content.digest(["A", "B"], "1")


def test_a_row_hash_is_the_same_in_every_batch_and_chunking():
    whole = row_hash(FRAME, ["A", "B"]).to_list()
    assert [row_hash(FRAME[i], ["A", "B"])[0] for i in range(5)] == whole
    assert row_hash(pl.concat([FRAME[:2], FRAME[2:]], rechunk=False), ["A", "B"]).to_list() == whole
    assert row_hash(FRAME.with_columns(_load_id=pl.lit("x")), ["A", "B"]).to_list() == whole


def test_a_row_hash_is_the_same_in_every_process():
    code = (
        "import polars as pl; from dagster_ingest.extract.content import row_hash;"
        "print(row_hash(pl.DataFrame({'A': ['x', None], 'B': ['1', '']}), ['A', 'B']).to_list())"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"POLARS_MAX_THREADS": n},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for n in ("1", "2")
    }
    here = row_hash(pl.DataFrame({"A": ["x", None], "B": ["1", ""]}), ["A", "B"]).to_list()
    assert runs == {f"{here}\n"}


def test_cells_count_by_their_column():
    one = row_hash(pl.DataFrame({"A": ["x"], "B": ["y"]}), ["A", "B"])[0]
    assert one != row_hash(pl.DataFrame({"A": ["y"], "B": ["x"]}), ["A", "B"])[0]
    assert one != row_hash(pl.DataFrame({"A": ["xy"], "B": [""]}), ["A", "B"])[0]
    blank, absent = pl.DataFrame({"A": [""], "B": ["y"]}), pl.DataFrame({"A": [None], "B": ["y"]})
    assert row_hash(blank, ["A", "B"])[0] != row_hash(absent.cast(pl.String), ["A", "B"])[0]


def test_order_and_batches_do_not_count():
    assert digest(FRAME) == digest(FRAME.reverse()) == digest(FRAME[3:], FRAME[:3])


def test_every_row_counts_however_often_it_stands():
    assert digest(FRAME) != digest(FRAME[:4])
    assert digest(FRAME) != digest(FRAME, FRAME[:1])
    assert digest(FRAME[:1], FRAME[:1]) != digest()


def test_rows_can_be_taken_out():
    assert digest(FRAME, drop=FRAME[1:3]) == digest(FRAME[:1], FRAME[3:])


def test_columns_and_the_code_that_made_them_count():
    content = Content()
    content.add(row_hash(FRAME, ["A", "B"]))
    digests = {content.digest(c, by) for c in (["A", "B"], ["A", "C"], ["AB"]) for by in ("1", "2")}
    assert len(digests) == 6


def test_rows_of_unknown_hash_make_a_digest_of_its_own():
    digests = set()
    for load in ("one", "two"):
        content = Content()
        content.add(row_hash(FRAME, ["A", "B"]))
        content.remove_unseen(1, load)
        assert content.rows == 4
        digests.add(content.digest(["A", "B"], "1"))
    assert len(digests) == 2
