"""Equal bytes are equal input; anything else is not."""

from __future__ import annotations

import pytest

from dagster_ingest.errors import DataError, Unavailable

CSV = b"ID,NAME\n1,a\n2,b\n"


def test_the_same_bytes_under_a_later_name_are_the_same_input(drops):
    drops.put("r_2026-11-01.csv", CSV)
    before = drops.fingerprint()
    drops.put("r_2026-11-02.csv", CSV)
    after = drops.fingerprint()
    assert before.value == after.value
    assert before.parts == ("acme/r_2026-11-01.csv",)
    assert after.parts == ("acme/r_2026-11-02.csv",)
    assert after.bytes == len(CSV)


def test_touching_the_file_changes_nothing(drops):
    drops.put("r.csv", CSV, mtime=1_000_000_000)
    before = drops.fingerprint().value
    drops.put("r.csv", CSV, mtime=1_900_000_000)
    assert drops.fingerprint().value == before


def test_one_byte_changes_it(drops):
    drops.put("r.csv", CSV)
    before = drops.fingerprint().value
    drops.put("r.csv", CSV.replace(b"b", b"c"))
    assert drops.fingerprint().value != before


@pytest.mark.parametrize("setting", [{"delimiter": ";"}, {"encoding": "cp1252"}, {"skip_lines": 1}])
def test_the_dialect_changes_it(drops, setting):
    drops.put("r.csv", CSV)
    assert drops.fingerprint(**setting).value != drops.fingerprint().value


def test_the_pattern_that_found_the_file_does_not_count(drops):
    drops.put("r.csv", CSV)
    assert drops.fingerprint(pattern="r*").value == drops.fingerprint(pattern="*.csv").value


def test_a_member_counts_and_its_neighbours_do_not(drops):
    drops.put_zip("d_2026-11-01.zip", {"r.csv": CSV, "other.csv": b"x\n1\n"})
    before = drops.fingerprint(pattern="r.csv")
    drops.put_zip("d_2026-11-02.zip", {"first.csv": b"y\n2\n", "r.csv": CSV})
    assert drops.fingerprint(pattern="r.csv").value == before.value
    drops.put_zip("d_2026-11-03.zip", {"r.csv": CSV + b"3,c\n"})
    assert drops.fingerprint(pattern="r.csv").value != before.value


def test_a_directory_that_points_to_no_member_is_truncated(drops):
    path = drops.put_zip("d.zip", {"r.csv": CSV})
    path.write_bytes(b"XX" + path.read_bytes()[2:])
    with pytest.raises(DataError, match="points to bytes that are no member"):
        drops.fingerprint(pattern="r.csv")


def test_a_file_that_grows_between_fingerprint_and_read_is_not_read(drops):
    drops.put("r.csv", CSV)
    drops.connector.fingerprint(drops.request())
    drops.put("r.csv", CSV + b"3,c\n")
    with pytest.raises(Unavailable, match="still being written"):
        drops.read()


def test_a_file_that_is_written_while_it_is_read_is_not_taken(drops):
    path = drops.put("r.csv", CSV)
    batches = drops.connector.read(drops.request()).batches()
    next(batches)
    with path.open("ab") as file:
        file.write(b"3,c\n")
    with pytest.raises(Unavailable) as caught:
        list(batches)
    assert "acme/r.csv: the file changed while it was read" in str(caught.value)


def test_a_file_that_is_removed_while_it_is_read_is_not_taken(drops):
    path = drops.put("r.csv", CSV)
    batches = drops.connector.read(drops.request()).batches()
    path.unlink()
    with pytest.raises(Unavailable, match="replaced or removed"):
        list(batches)


def test_a_newer_drop_that_arrives_in_between_waits_for_the_next_load(drops):
    drops.put("r_2026-11-01.csv", CSV)
    drops.connector.fingerprint(drops.request())
    drops.put("r_2026-11-02.csv", b"ID,NAME\n9,z\n")
    assert len(drops.read().rows) == 2
    assert len(drops.read().rows) == 1
