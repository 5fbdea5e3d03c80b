"""The three kinds of bucket alike, and their faults on the wire."""

from __future__ import annotations

import base64

import pytest

from dagster_ingest.errors import AccessDenied, Unavailable
from dagster_ingest.testing.places import buckets

CSV = b"id,name\n1,a\n2,b\n"
KINDS = ["s3", "gcs", "azure"]
FILES = {"services_2026-11-01.csv": b"id,name\n0,old\n", "services_2026-11-02.csv": CSV}
BASES = {"s3": "s3://acme", "gcs": "gs://acme", "azure": "az://acmeexports/acme"}


@pytest.fixture(autouse=True)
def _no_retries_of_the_library(monkeypatch):
    monkeypatch.setattr("dagster_ingest.connectors.files.stores.objects._RETRIES", {"max_retries": 0})


@pytest.mark.parametrize("kind", KINDS)
def test_the_newest_object_is_read(drops, web, kind):
    buckets.put(web, kind, "acme", FILES)

    found = drops.read(**buckets.settings(web, kind, "acme"))

    assert found.rows == [("1", "a"), ("2", "b")]
    assert set(found.uris) == {f"{BASES[kind]}/services_2026-11-02.csv"}


@pytest.mark.parametrize("kind", KINDS)
def test_an_object_that_breaks_off_is_no_file(drops, web, kind):
    served = buckets.put(web, kind, "acme", {"a.csv": CSV * 10_000})
    served["a.csv"].cut_after = 50_000

    with pytest.raises(Unavailable):
        drops.read(**buckets.settings(web, kind, "acme"))


@pytest.mark.parametrize("kind", KINDS)
def test_what_breaks_off_once_is_read_whole(drops, web, kind):
    served = buckets.put(web, kind, "acme", {"a.csv": CSV * 10_000})
    served["a.csv"].resets = 1

    assert len(drops.read(**buckets.settings(web, kind, "acme")).rows) == 29_999


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("status", "error"), [(403, AccessDenied), (503, Unavailable)])
def test_a_refusal_and_an_outage(drops, web, kind, status, error):
    served = buckets.put(web, kind, "acme", {"a.csv": CSV})
    served[""].statuses = [status] * 20

    with pytest.raises(error) as raised:
        drops.read(**buckets.settings(web, kind, "acme"))

    assert raised.value.source["host"] == web.base.removeprefix("http://")


@pytest.mark.parametrize("kind", KINDS)
def test_an_object_replaced_while_it_is_fetched_is_refused(drops, web, kind):
    served = buckets.put(web, kind, "acme", {"a.csv": CSV})
    served["a.csv"].headers["etag"] = '"another"'

    with pytest.raises(Unavailable, match=r"version was|replaced"):
        drops.read(**buckets.settings(web, kind, "acme"))


def test_azure_keys_sign_what_is_asked_and_are_not_told(drops, web):
    drops.secrets["AZURE_KEY"] = base64.b64encode(b"an-azure-key-for-tests").decode()
    served = buckets.put(web, "azure", "acme", {"a.csv": CSV})
    at = buckets.settings(web, "azure", "acme", anonymous=False, account_key={"secret": "AZURE_KEY"})

    assert len(drops.read(**at).rows) == 2
    served[""].statuses = [403] * 20
    with pytest.raises(AccessDenied) as raised:
        drops.read(**at)

    assert all(sent["authorization"].startswith("SharedKey acmeexports:") for _, _, sent in web.requests)
    assert drops.secrets["AZURE_KEY"] not in str(raised.value)


def test_an_azure_signature_is_in_no_origin_and_no_error(drops, web):
    drops.secrets["AZURE_SAS"] = "?sv=2024-01-01&sig=a-signature-for-tests"
    served = buckets.put(web, "azure", "acme", {"a.csv": CSV})
    at = buckets.settings(web, "azure", "acme", anonymous=False, sas={"secret": "AZURE_SAS"})

    found = drops.read(**at)
    served[""].statuses = [403] * 20
    with pytest.raises(AccessDenied) as raised:
        drops.read(**at)

    assert any("sig=a-signature-for-tests" in path for _, path, _ in web.requests)
    assert "a-signature" not in str(raised.value) + repr(found.uris)
