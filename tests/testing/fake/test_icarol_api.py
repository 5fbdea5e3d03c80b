"""The fake API has the habits that public clients of the real one describe."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from dagster_ingest.testing.fake.icarol_api import IcarolApi
from dagster_ingest.testing.http import FakeServer

RECORDS = [
    {
        "id": n,
        "type": "ProgramAtSite" if n % 4 == 0 else "Agency",
        "status": "Active" if n % 3 else "Inactive",
        "modified": f"2026-01-{n % 28 + 1:02}T08:00:00",
        "cultureCode": "en-US",
        "names": [{"value": f"Name {n}", "purpose": "Primary"}],
        "taxonomy": [{"code": f"XA-{n % 3}", "name": "Term"}],
    }
    for n in range(1, 251)
]


class Caller:
    def __init__(self, server: FakeServer) -> None:
        self.server = server

    def serve(self, shape: str, records=RECORDS) -> None:
        self.server.clear()
        IcarolApi(records, shape=shape, key="k").mount(self.server)  # type: ignore[arg-type]

    def ask(self, path: str, body: Any = None, key: str = "k", **headers: str) -> Any:
        data = None if body is None else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(
            f"{self.server.url}/v1{path}", data, {"authorization": f"Bearer {key}", **named}
        )
        with urllib.request.urlopen(request, timeout=5) as answer:
            return json.load(answer)

    def status(self, path: str, body: Any = None, key: str = "k") -> int:
        try:
            self.ask(path, body, key)
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        return 200


@pytest.fixture(scope="module")
def caller() -> Iterator[Caller]:
    with FakeServer() as server:
        yield Caller(server)


def test_shape_a_lists_ids_flat(caller):
    caller.serve("a")

    everything = caller.ask("/Resource/Search", {"term": "*", "modifiedSince": "", "takeALL": True})
    changed = caller.ask("/Resource/Search", {"term": "*", "modifiedSince": "2026-01-20", "takeALL": True})

    assert [entry["id"] for entry in everything] == list(range(1, 251))
    assert set(everything[0]) == {"id", "uniquePriorID", "databaseID", "type", "modified", "cultureCode"}
    assert {entry["type"] for entry in everything} == {"Agency", "ServiceSite"}
    assert 0 < len(changed) < 250
    assert min(entry["modified"] for entry in changed) >= "2026-01-20"


def test_shape_b_pages_by_a_hundred_and_states_the_total(caller):
    caller.serve("b")

    page = caller.ask("/Resource/Search", {"term": "*", "take": 500, "skip": 200})

    assert page["totalResultCount"] == 250
    assert [entry["resource"]["id"] for entry in page["results"]] == list(range(201, 251))


def test_shape_b_ignores_other_filters_without_a_word(caller):
    caller.serve("b")
    ignored = {"modifiedSince": "2099-01-01", "zip": "50010", "database": [7]}

    assert caller.ask("/Resource/Search", {"term": "*", **ignored})["totalResultCount"] == 250
    assert caller.ask("/Resource/Search", {"term": "*", "status": "Inactive"})["totalResultCount"] == 83
    assert caller.ask("/Resource/Search", {"term": "name 25"})["totalResultCount"] == 2


def test_shape_b_answers_in_the_language_that_is_asked_for(caller):
    caller.serve("b", [*RECORDS[:3], {**RECORDS[0], "cultureCode": "fr-CA"}])

    assert caller.ask("/Resource/Search", {}, Content_Language="fr-CA")["totalResultCount"] == 1
    assert caller.ask("/Resource?id=1", Content_Language="fr")["cultureCode"] == "fr-CA"
    assert caller.ask("/Resource/Search", {})["totalResultCount"] == 3


def test_details_are_a_list_or_a_single_record(caller):
    caller.serve("b")

    assert [record["id"] for record in caller.ask("/Resource?id=4&id=5")] == [4, 5]
    assert caller.ask("/Resource?id=4")["type"] == "ProgramAtSite"
    assert caller.ask("/Resource?id=4&id=999")["id"] == 4
    assert caller.status("/Resource?id=999") == 404
    assert caller.status("/Resource?" + "&".join(f"id={n}" for n in range(1, 12))) == 400


def test_a_key_is_asked_for_and_terms_can_be_looked_up(caller):
    caller.serve("b")

    assert caller.status("/Resource?id=4", key="other") == 401
    assert caller.status("/Resource/Search") == 405
    assert sorted(term["code"] for term in caller.ask("/Resource/Taxonomy")) == ["XA-0", "XA-1", "XA-2"]
    assert caller.ask("/Resource/Taxonomy?id=XA-1")["name"] == "Term"
