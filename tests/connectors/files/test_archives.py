"""Zip and gzip: read like plain files, refused when broken, oversized or escaping."""

from __future__ import annotations

import pytest

from dagster_ingest.connectors.files import streams
from dagster_ingest.errors import DataError

CSV = b"ID,NAME\r\n" + b"".join(b"%d,name %d\r\n" % (i, i * 7919 % 1000) for i in range(1, 3001))


def test_gzip_is_read(drops):
    drops.put_gzip("r.csv.gz", CSV)
    found = drops.read(pattern="r.csv")
    assert len(found.rows) == 3000
    assert found.uris[0] == "acme/r.csv.gz"


def test_the_matching_member_of_a_zip_is_read(drops):
    drops.put_zip(
        "drop_2026-11-02.zip", {"x/resource.csv": CSV, "x/coverage.csv": b"ID\n9\n", "read.me": b"hi"}
    )
    found = drops.read(pattern="*resource*.csv")
    assert len(found.rows) == 3000
    assert found.uris[0] == "acme/drop_2026-11-02.zip!x/resource.csv"


def test_a_zips_date_orders_its_members(drops):
    drops.put_zip("drop_2026-11-01.zip", {"resource.csv": b"ID,NAME\n1,old\n"})
    drops.put_zip("drop_2026-11-02.zip", {"resource.csv": b"ID,NAME\n1,new\n"})
    assert drops.read(pattern="resource.csv").rows == [("1", "new")]


def test_an_export_that_is_packed_again_under_a_later_date_counts(drops):
    drops.put_zip("drop_2026-11-01.zip", {"resource_2026-10-31.csv": b"ID,NAME\n1,first\n"})
    drops.put_zip("drop_2026-11-02.zip", {"resource_2026-10-31.csv": b"ID,NAME\n1,again\n"})
    assert drops.read(pattern="resource*.csv").rows == [("1", "again")]


def test_mac_leftovers_are_no_members(drops):
    drops.put_zip("d.zip", {"r.csv": b"ID\n1\n", "__MACOSX/r.csv": b"junk", "._r.csv": b"junk"})
    assert drops.read(pattern="r.csv").rows == [("1",)]


def test_two_members_that_match_are_both_named(drops):
    drops.put_zip("d.zip", {"a/r.csv": CSV, "b/r.csv": CSV})
    with pytest.raises(DataError, match=r"2 files claim IA: acme/d\.zip!a/r\.csv, acme/d\.zip!b/r\.csv"):
        drops.read(pattern="r.csv")


@pytest.mark.parametrize("keep", [0.2, 0.6, 0.99])
def test_a_truncated_zip_is_refused(drops, keep):
    path = drops.put_zip("r.zip", {"r.csv": CSV})
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])
    with pytest.raises(DataError) as caught:
        drops.read(pattern="r.csv")
    assert caught.value.rule == "file|truncated"
    assert "r.zip is no complete zip archive" in str(caught.value)


def test_a_broken_zip_that_is_older_by_name_stops_nothing(drops):
    drops.put("drop_2026-11-01.zip", b"PK\x03\x04 cut off")
    drops.put_zip("drop_2026-11-02.zip", {"r.csv": b"ID\n1\n"})
    assert drops.read(pattern="r.csv").rows == [("1",)]


def test_a_corrupt_member_is_refused(drops):
    path = drops.put_zip("r.zip", {"r.csv": CSV})
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(DataError, match="breaks off or is damaged after"):
        drops.read(pattern="r.csv")


@pytest.mark.parametrize("keep", [0.3, 0.9])
def test_a_truncated_gzip_is_refused(drops, keep):
    path = drops.put_gzip("r.csv.gz", CSV)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])
    with pytest.raises(DataError) as caught:
        drops.read(pattern="r.csv")
    assert caught.value.rule == "file|truncated"
    assert "breaks off or is damaged" in str(caught.value)


@pytest.mark.parametrize("member", ["../r.csv", "/etc/r.csv", "a/../../r.csv", "C:/r.csv"])
def test_a_member_that_leaves_the_archive_is_refused(drops, member):
    drops.put_zip("d.zip", {member: CSV})
    with pytest.raises(DataError) as caught:
        drops.read(pattern="r.csv")
    assert caught.value.rule == "file|path"
    assert "leaves the archive" in str(caught.value)


def test_an_encrypted_member_is_refused(drops):
    path = drops.put_zip("d.zip", {"r.csv": CSV})
    content = path.read_bytes()
    flagged = content.replace(b"PK\x03\x04\x14\x00\x00\x00", b"PK\x03\x04\x14\x00\x01\x00").replace(
        b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00"
    )
    assert flagged != content
    path.write_bytes(flagged)
    with pytest.raises(DataError, match="cannot be unpacked"):
        drops.read(pattern="r.csv")


def test_what_unpacks_beyond_the_limit_is_refused(drops):
    drops.put_gzip("r.csv.gz", CSV)
    with pytest.raises(DataError) as caught:
        drops.read(pattern="r.csv", max_bytes=1000)
    assert caught.value.rule == "file|size"
    assert "unpacks to more than 1,000 bytes" in str(caught.value)


def test_a_bomb_is_refused_below_the_limit(drops, monkeypatch):
    monkeypatch.setattr(streams, "_BOMB_FROM", 2**20)
    drops.put_zip("d.zip", {"r.csv": b"ID\n" + b"1\n" * 4_000_000})
    with pytest.raises(DataError, match="unpacks to more than"):
        drops.read(pattern="r.csv")


def test_an_empty_member_is_an_empty_file(drops):
    drops.put_zip("d.zip", {"r.csv": b""})
    with pytest.raises(DataError) as caught:
        drops.read(pattern="r.csv")
    assert caught.value.rule == "file|empty"
