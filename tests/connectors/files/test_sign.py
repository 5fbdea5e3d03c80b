"""What a place of files shows from outside: a new or changed file changes it, nothing else does."""

from __future__ import annotations

import pytest

from dagster_ingest.connectors.base import StillComing
from dagster_ingest.testing.places.s3 import S3Bucket
from tests.connectors.files.test_mail import MAIL, message

CSV = b"id,name\n1,a\n"
MORE = b"id,name\n1,a\n2,b\n"


def value(drops, **settings) -> str:
    found = drops.connector.sign(drops.request(**settings), "")
    assert (found.after, found.base, found.fingerprint) == (found.value, "", None)
    return found.value


def differ(drops, change, **settings) -> None:
    before = value(drops, **settings)
    assert value(drops, **settings) == before
    change()
    assert value(drops, **settings) != before


def test_in_the_drop_folder(drops):
    empty = value(drops)
    drops.put("a.csv", CSV)
    assert value(drops) != empty
    differ(drops, lambda: drops.put("a.csv", MORE))
    differ(drops, lambda: drops.put("b.csv", CSV))
    before = value(drops)
    drops.put("c.csv.part", CSV)
    drops.put("d.txt", CSV)
    assert value(drops) == before


def test_a_half_written_archive_counts_as_it_grows(drops):
    path = drops.put_zip("a.zip", {"a.csv": MORE * 50})
    whole = path.read_bytes()
    path.write_bytes(whole[:40])
    differ(drops, lambda: path.write_bytes(whole[:80]))
    differ(drops, lambda: path.write_bytes(whole))


def test_over_sftp(drops, sftp_folder):
    sftp_folder.put("a.csv", CSV, mtime=1_700_000_000)
    settings = sftp_folder.settings()
    differ(drops, lambda: sftp_folder.put("a.csv", MORE, mtime=1_700_000_000), **settings)
    differ(drops, lambda: sftp_folder.put("a.csv", MORE, mtime=1_700_000_060), **settings)
    assert sftp_folder.reads == 0


def test_in_a_bucket(drops, bucket: S3Bucket):
    bucket.put("a.csv", CSV)
    settings = bucket.settings()
    differ(drops, lambda: bucket.put("a.csv", MORE), **settings)


def test_at_an_address_by_its_etag(drops, web):
    web.put("a.csv", CSV)
    settings = web.settings("a.csv")
    differ(drops, lambda: web.put("a.csv", b"id,name\n1,b\n"), **settings)
    assert {method for method, _, _ in web.requests} == {"HEAD"}


def test_in_a_mail_drop(drops):
    drops.put("mail/a.eml", message({"export.csv": CSV}, day=2))
    differ(drops, lambda: drops.put("mail/b.eml", message({"export.csv": MORE}, day=3)), **MAIL)


def test_a_set_that_is_not_whole_may_still_come(drops):
    from dataclasses import replace

    drops.put("services_2026-11-02.csv", CSV)
    drops.put("sites_2026-11-02.csv", CSV)
    drops.put("services_2026-11-03.csv", CSV)
    settings = {"pattern": "services*.csv", "set": {"within": "0s"}}
    siblings = {"services": settings, "sites": {**settings, "pattern": "sites*.csv"}}
    (drops.folder / "sites_2026-11-02.csv").unlink()
    request = replace(drops.request(**settings), siblings=siblings)
    with pytest.raises(StillComing, match="not whole yet"):
        drops.connector.fingerprint(request)
