from __future__ import annotations

import base64
import gzip
import hashlib

import pytest
from pydantic import ValidationError

from dagster_ingest.connectors.files.settings import FilesSettings
from dagster_ingest.errors import AccessDenied, DataError, NothingDelivered, Unavailable

CSV = b"id,name\n1,a\n2,b\n"


def test_a_file_is_read_by_its_address(drops, web):
    web.put("exports/services.csv", CSV)

    found = drops.read(**web.settings("exports/services.csv?token=abc123"))

    assert found.rows == [("1", "a"), ("2", "b")]
    assert set(found.uris) == {f"{web.base}/exports/services.csv"}


def test_an_unchanged_etag_is_an_unchanged_file(drops, web):
    served = web.put("a.csv", CSV)
    first, again = drops.fingerprint(**web.settings("a.csv")), drops.fingerprint(**web.settings("a.csv"))
    served.content += b"3,c\n"
    other = drops.fingerprint(**web.settings("a.csv"))

    assert first.value == again.value != other.value
    assert {method for method, _, _ in web.requests} == {"HEAD"}


def test_without_etag_or_time_the_file_is_always_read(drops, web):
    web.put("a.csv", CSV, etag=False)

    assert drops.fingerprint(**web.settings("a.csv")).value == ""
    assert len(drops.read(**web.settings("a.csv")).rows) == 2


def test_an_etag_that_means_nothing_is_left_out(drops, web):
    web.put("a.csv", CSV, headers={"last-modified": "Mon, 02 Nov 2026 03:15:00 GMT"})
    first = drops.fingerprint(**web.settings("a.csv", etag=False))
    web.files["/a.csv"].headers["etag"] = '"another"'

    assert drops.fingerprint(**web.settings("a.csv", etag=False)).value == first.value != ""


def test_a_server_without_head(drops, web):
    web.put("a.csv", CSV, head=False)

    assert drops.fingerprint(**web.settings("a.csv")).value
    assert len(drops.read(**web.settings("a.csv")).rows) == 2


def test_a_server_that_gives_head_a_length_of_nothing(drops, web):
    web.put("a.csv", CSV, head_length=0)

    assert len(drops.read(**web.settings("a.csv")).rows) == 2


def test_the_server_may_name_the_file(drops, web):
    disposition = 'attachment; filename="services_2026-11-02.csv.gz"'
    web.put("download", gzip.compress(CSV), headers={"content-disposition": disposition})

    assert len(drops.read(**web.settings("download")).rows) == 2


@pytest.mark.parametrize("name", ["../../x.csv", "..", "/etc/x.csv"])
def test_a_name_that_leads_elsewhere_is_refused(drops, web, name):
    web.put("download", CSV, headers={"content-disposition": f'attachment; filename="{name}"'})

    with pytest.raises(DataError) as raised:
        drops.read(**web.settings("download"))

    assert raised.value.rule == "file|path"


def test_an_address_that_is_a_folder_takes_the_name_from_the_pattern(drops, web):
    web.put("ia/services.csv", CSV)

    assert len(drops.read(**web.settings(""), path="ia", pattern="services.csv").rows) == 2
    with pytest.raises(DataError, match="cannot be listed"):
        drops.read(**web.settings(""), pattern="*.csv")


def test_a_login_page_in_the_place_of_the_file(drops, web):
    web.put("a.csv", b"\n<!DOCTYPE html><html><body>Please log in</body></html>")

    with pytest.raises(DataError, match="a web page, perhaps a login") as raised:
        drops.read(**web.settings("a.csv"))

    assert raised.value.rule == "file|readable"


def test_a_body_that_breaks_off_is_no_file(drops, web):
    web.put("a.csv", CSV * 1000, cut_after=5000)

    with pytest.raises(Unavailable):
        drops.read(**web.settings("a.csv"))


def test_a_body_whose_digest_disagrees_is_no_file(drops, web):
    right = base64.b64encode(hashlib.sha256(CSV).digest()).decode()
    served = web.put("a.csv", CSV, headers={"repr-digest": f"sha-256=:{right}:"})
    assert len(drops.read(**web.settings("a.csv")).rows) == 2
    served.content = CSV.replace(b"a", b"x")

    with pytest.raises(Unavailable, match="digest"):
        drops.read(**web.settings("a.csv"))


def test_a_file_replaced_between_fingerprint_and_read_is_refused(drops, web):
    served = web.put("a.csv", CSV)
    request = drops.request(**web.settings("a.csv"))
    drops.connector.fingerprint(request)
    served.content = CSV.replace(b"a", b"x")

    with pytest.raises(Unavailable, match="its version was"):
        drops.connector.read(request)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, AccessDenied),
        (403, AccessDenied),
        (404, NothingDelivered),
        (429, Unavailable),
        (500, Unavailable),
    ],
)
def test_what_the_host_answers_is_told_by_its_consequence(drops, web, status, kind):
    web.put("a.csv", CSV, statuses=[status] * 20)

    with pytest.raises(kind) as raised:
        drops.read(**web.settings("a.csv"))

    assert type(raised.value) is kind


def test_a_login_is_sent_and_stays_with_its_host(drops, web):
    from dagster_ingest.testing.places.web import WebFiles

    token = {"kind": "bearer", "token": {"secret": "WEB_TOKEN"}}
    with WebFiles() as elsewhere:
        elsewhere.put("a.csv", CSV)
        web.put("there.csv", b"", to=f"{elsewhere.base}/a.csv")
        web.put("a.csv", CSV, login="Bearer a-web-token-for-tests")
        headers = {"x-team": "data"}

        assert len(drops.read(**web.settings("a.csv", auth=token)).rows) == 2
        assert len(drops.read(**web.settings("there.csv", auth=token, headers=headers)).rows) == 2

        assert all("authorization" in sent for _, _, sent in web.requests)
        assert not any({"authorization", "x-team"} & sent.keys() for _, _, sent in elsewhere.requests)


def test_a_key_in_the_query_is_in_no_origin_and_no_error(drops, web):
    key = {"kind": "key", "value": {"secret": "WEB_TOKEN"}, "name": "key", "place": "query"}
    served = web.put("a.csv", CSV)

    found = drops.read(**web.settings("a.csv", auth=key))
    served.statuses = [500] * 20
    with pytest.raises(Unavailable) as raised:
        drops.read(**web.settings("a.csv", auth=key))

    assert any("key=a-web-token-for-tests" in path for _, path, _ in web.requests)
    assert "a-web-token" not in str(raised.value) + repr(found.uris)


def test_a_login_over_http_is_refused_in_the_settings():
    auth = {"kind": "bearer", "token": {"secret": "TOKEN"}}

    with pytest.raises(ValidationError, match="can be read by everybody"):
        FilesSettings.model_validate(
            {"location": {"http": {"url": "http://example.org/a.csv", "auth": auth}}}
        )
