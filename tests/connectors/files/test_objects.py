from __future__ import annotations

import pytest

from dagster_ingest.errors import AccessDenied, DataError, NothingDelivered, Unavailable
from dagster_ingest.testing.places import s3

CSV = b"id,name\n1,a\n2,b\n"


def test_the_newest_object_is_read(drops, bucket):
    bucket.put("211/services_2026-11-01.csv", b"id,name\n0,old\n")
    bucket.put("211/services_2026-11-02.csv", CSV)
    bucket.put("211/deeper/services_2026-11-03.csv", b"id,name\n9,deeper\n")

    found = drops.read(**bucket.settings(prefix="211"))

    assert found.rows == [("1", "a"), ("2", "b")]
    assert set(found.uris) == {f"s3://{s3.BUCKET}/211/services_2026-11-02.csv"}


def test_a_fingerprint_is_that_of_the_listing(drops, bucket):
    bucket.put("a.csv", CSV)
    first = drops.fingerprint(**bucket.settings())
    bucket.put("other.txt", b"x")
    same = drops.fingerprint(**bucket.settings())
    bucket.put("a.csv", CSV + b"3,c\n")
    other = drops.fingerprint(**bucket.settings())

    assert first.value == same.value != other.value
    assert first.parts == (f"s3://{s3.BUCKET}/a.csv",)


def test_folder_levels_and_archives(drops, bucket):
    bucket.put("ia/daily_2026-11-01/services.csv", b"id,name\n0,old\n")
    archive = drops.put_zip("x.zip", {"services.csv": CSV}).read_bytes()
    bucket.put("ia/daily_2026-11-02/all.zip", archive)

    found = drops.read(**bucket.settings(), path="ia", pattern="daily_*/services.csv")

    assert found.rows == [("1", "a"), ("2", "b")]


def test_an_object_replaced_after_it_was_listed_is_refused(drops, bucket):
    bucket.put("a.csv", CSV)
    request = drops.request(**bucket.settings())
    drops.connector.fingerprint(request)
    bucket.put("a.csv", CSV.replace(b"a", b"x"))

    with pytest.raises(Unavailable, match=r"replaced|changed"):
        drops.connector.read(request)


def test_an_object_removed_after_it_was_listed(drops, bucket):
    bucket.put("a.csv", CSV)
    request = drops.request(**bucket.settings())
    drops.connector.fingerprint(request)
    bucket.clear()

    with pytest.raises(Unavailable, match="removed"):
        drops.connector.read(request)


def test_a_bucket_that_is_not_there(drops, bucket):
    with pytest.raises(DataError, match="no bucket 'acme-nowhere'") as raised:
        drops.read(**bucket.settings(bucket="acme-nowhere"))

    assert raised.value.rule == "file|location"
    assert s3.SECRET not in str(raised.value)


def test_nothing_under_the_prefix(drops, bucket):
    bucket.put("elsewhere/a.csv", CSV)

    with pytest.raises(NothingDelivered, match="no file matches"):
        drops.read(**bucket.settings(prefix="here"))


def test_a_host_that_is_not_there(drops, bucket, monkeypatch):
    monkeypatch.setattr("dagster_ingest.connectors.files.stores.objects._RETRIES", {"max_retries": 0})

    with pytest.raises(Unavailable) as raised:
        drops.read(**bucket.settings(endpoint="http://127.0.0.1:1"))

    assert raised.value.source["host"] == "127.0.0.1:1"


def test_keys_that_are_refused(drops, web):
    web.put("acme-exports", b"", statuses=[403] * 20)
    at = {"bucket": "acme-exports", "endpoint": web.base, "access_key": {"secret": "S3_KEY"}}
    settings = {"location": {"s3": {**at, "secret_key": {"secret": "S3_SECRET"}}}}

    with pytest.raises(AccessDenied, match="access is refused") as raised:
        drops.read(**settings)

    assert s3.SECRET not in str(raised.value)
    assert s3.KEY not in str(raised.value)


def test_a_key_that_climbs_is_refused(drops, bucket):
    bucket.put("a/..\\..\\x.csv", CSV)

    with pytest.raises(DataError) as raised:
        drops.read(**bucket.settings(prefix="a"))

    assert raised.value.rule == "file|path"


def test_a_marker_releases_its_object(drops, bucket):
    bucket.put("a_2026-11-01.csv", CSV)
    bucket.put("a_2026-11-01.done", b"")
    bucket.put("a_2026-11-02.csv", b"id,name\n9,half\n")

    assert drops.read(**bucket.settings(), marker="*.done").rows == [("1", "a"), ("2", "b")]
