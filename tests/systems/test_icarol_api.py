"""iCarol's API through the http connector, against a server that speaks both of its shapes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from dagster_ingest import systems
from dagster_ingest.connectors.base import ReadRequest
from dagster_ingest.errors import AccessDenied, DataError, Unavailable
from dagster_ingest.testing.fake.icarol_api import IcarolApi
from dagster_ingest.testing.http import FakeServer, faults
from dagster_ingest.testing.sample.icarol_api import served
from tests.systems.conftest import ApiReader, Brought

PAGE = Path(__file__).parents[2] / "docs" / "systems" / "icarol_api.md"
SEARCH, DETAIL = "/v1/Resource/Search", "/v1/Resource"
KEY = "k-7f3a"
ENGLISH = [r for r in served().records if r["cultureCode"] == "en-US"]


def older_shape() -> dict[str, Any]:
    """The settings that the documentation gives for shape a."""
    block = re.search(r"### The older shape.*?```yaml\n(.*?)```", PAGE.read_text(), re.S)
    assert block is not None
    return yaml.safe_load(block[1])


class Reader(ApiReader):
    """Reads the server with the settings that the system ships."""

    def __init__(self, server: FakeServer, folder: Path) -> None:
        super().__init__(server, folder)
        self.own: dict[str, Any] = {}

    def serve(self, records, shape="b", **more) -> IcarolApi:
        self.shape = shape
        return IcarolApi(records, shape=shape, key=KEY, **more).mount(self.server)

    def request(self, cursor: str | None, key: str, staging: Path | None, **more: Any) -> ReadRequest:
        system = systems.system("icarol_api")
        shipped = system.settings_for(system.tables["resource"], "http")
        own = (older_shape() if self.shape == "a" else {}) | self.own
        auth = {"kind": "bearer", "token": {"secret": "ICAROL_KEY"}}
        settings = {**shipped, **own, "auth": auth, "url": f"{self.server.url}/v1", "rate": None}
        return ReadRequest(
            "acme", "icarol", "resource", "IA", settings, str(self.folder), cursor=cursor,
            secrets={"ICAROL_KEY": key}.__getitem__, staging=staging and str(staging), **more,
        )  # fmt: skip

    def read(self, cursor: str | None = None, key: str = KEY, staging: Path | None = None) -> Brought:
        return self.whole(self.request(cursor, key, staging))


@pytest.fixture
def reader(running: FakeServer, tmp_path: Path) -> Reader:
    running.clear()
    return Reader(running, tmp_path)


def numbers(brought: Brought) -> list[int]:
    return sorted(int(id) for id in brought.ids)


def of_id(brought: Brought) -> dict[str | None, dict]:
    return {row["id"]: {c: v for c, v in row.items() if v is not None} for row in brought.rows}


@pytest.mark.parametrize("shape", ["a", "b"])
def test_every_record_comes_once_with_its_nested_values_as_json(reader, shape):
    reader.serve(ENGLISH, shape)

    brought = reader.read()

    assert numbers(brought) == sorted(r["id"] for r in ENGLISH)
    assert brought.snapshot
    assert brought.deletions is None
    link = next(r for r in ENGLISH if r["type"] == "ProgramAtSite")
    landed = of_id(brought)[str(link["id"])]
    assert landed["type"] == "ProgramAtSite"  # the list said ServiceSite
    assert landed["related"].startswith('[{"id":')
    assert landed["isLinkOnly"] in ("true", "false")


def test_both_shapes_give_identical_rows(reader):
    reader.serve(ENGLISH, "a")
    one = reader.read()
    reader.server.clear()
    reader.serve(ENGLISH, "b")
    other = reader.read()

    assert of_id(one) == of_id(other)


def test_rows_satisfy_the_contract_that_the_system_ships(reader):
    reader.serve(ENGLISH)
    contract = systems.contract("icarol_api", "resource")

    columns = {name for row in reader.read().rows for name in row}

    assert columns <= {column.name for column in contract.columns}
    assert {"id", "type", "related", "status", "isConfidential", "names", "contactDetails"} <= columns


@pytest.mark.parametrize("key", [KEY, "k-wrong-secret"])
def test_the_key_is_tried_without_reading_a_record(reader, key):
    reader.serve(ENGLISH[:5])

    checked = reader.connector.check(reader.request(None, key, None))

    assert checked.ok == (key == KEY), checked.words
    assert "k-wrong-secret" not in checked.words
    assert reader.server.count(SEARCH) == reader.server.count(DETAIL) == 0


@pytest.mark.parametrize("shape", ["a", "b"])
def test_discovery_and_preview_look_at_details(reader, shape):
    reader.serve(ENGLISH, shape)
    request = reader.request(None, KEY, None, sample=3)

    [found] = reader.connector.discover(request)
    asked = reader.server.count(DETAIL)
    rows = sum(batch.frame.height for batch in reader.connector.read(request).batches())

    assert {"id", "type", "names", "contactDetails"} <= {column.name for column in found.columns}
    assert rows == 3
    assert reader.server.count(DETAIL) - asked == 1


@pytest.mark.parametrize("shape", ["a", "b"])
def test_the_next_read_brings_changes_and_tells_deletes_by_the_list_of_ids(reader, shape):
    after = [r for r in served(day=2).records if r["cultureCode"] == "en-US"]
    before = {r["id"]: r for r in ENGLISH}
    changed = {r["id"] for r in after if r != before.get(r["id"])}
    gone = set(before) - {r["id"] for r in after}
    assert gone
    assert len(changed) > 10
    api = reader.serve(ENGLISH, shape)
    first = reader.read()
    asked = reader.server.count(DETAIL)

    api.records = after
    second = reader.read(first.cursor)

    assert not second.snapshot
    assert set(numbers(second)) >= changed  # and those of the last day that was read
    assert len(numbers(second)) < len(after) / 2
    assert reader.server.count(DETAIL) - asked == -(-len(numbers(second)) // 10)
    assert second.deletions is not None
    assert second.deletions.kind == "present"
    present = set(second.deletions.keys["id"].cast(int).to_list())
    assert present == {r["id"] for r in after}
    assert not gone & present


def test_a_filter_that_is_ignored_would_be_noticed_by_nobody_so_none_is_sent(reader):
    """Shape b ignores modifiedSince: the shipped settings do not rely on it."""
    reader.serve(ENGLISH)

    reader.read()

    for asked in reader.server.asked:
        if asked.path == SEARCH:
            assert set(asked.json()) == {"term", "namesOnly", "take", "skip"}


def test_one_record_comes_by_itself_and_is_a_row(reader):
    reader.serve(ENGLISH[:11])

    assert numbers(reader.read()) == sorted(r["id"] for r in ENGLISH[:11])


def test_a_language_is_a_source_of_its_own(reader):
    both = served().records
    reader.serve(both)

    assert numbers(reader.read()) == sorted(r["id"] for r in ENGLISH)
    assert len(both) > len(ENGLISH)


def test_two_languages_in_one_answer_are_two_rows(reader):
    """Shape a, with the settings that the documentation gives for it."""
    both = served().records
    api = reader.serve(both, "a")
    pair = ["id", "cultureCode"]
    reader.own = {"key": pair, "deletes": {"by": "id_list", "id": pair}}
    first = reader.read()
    api.records = [r for r in both if r["cultureCode"] != "es-US"]

    second = reader.read(first.cursor)

    assert numbers(first) == sorted(r["id"] for r in both)
    assert second.deletions is not None
    assert {tuple(key) for key in second.deletions.keys.rows()} == {(str(r["id"]), "en-US") for r in ENGLISH}


@pytest.mark.parametrize("shape", ["a", "b"])
@pytest.mark.parametrize(
    ("path", "fault"),
    [
        (SEARCH, faults.too_many("3")),
        (DETAIL, faults.too_many("3")),
        (SEARCH, faults.status(500)),
        (DETAIL, faults.cut),
        (DETAIL, faults.reset),
        (SEARCH, faults.truncated),
    ],
    ids=["list 429", "details 429", "list 500", "details cut", "details reset", "list truncated"],
)
def test_what_passes_leaves_the_same_rows(reader, shape, path, fault):
    reader.serve(ENGLISH[:25], shape)
    whole = of_id(reader.read())
    reader.server.script(path, fault)

    again = reader.read()

    assert of_id(again) == whole
    assert reader.waits


def test_a_total_that_disagrees_fails_the_load(reader):
    reader.serve(ENGLISH)
    short = faults.altered(lambda answer: {**answer, "results": answer["results"][:-1]})
    reader.server.script(SEARCH, short, times=None)

    with pytest.raises(DataError, match="contradict"):
        reader.read()


def test_an_id_without_details_fails_the_load(reader):
    reader.serve(ENGLISH[:25], hidden=frozenset({ENGLISH[3]["id"]}))

    with pytest.raises(DataError, match=str(ENGLISH[3]["id"])):
        reader.read()


def test_a_record_deleted_between_list_and_details_is_no_fault(reader):
    api = reader.serve(ENGLISH[:25])
    reader.server.script(DETAIL, faults.first(lambda: setattr(api, "records", ENGLISH[1:25])))

    assert numbers(reader.read()) == sorted(r["id"] for r in ENGLISH[1:25])


def test_a_wrong_key_is_for_a_person_and_is_not_quoted(reader):
    reader.serve(ENGLISH[:5])

    with pytest.raises(AccessDenied) as refused:
        reader.read(key="k-wrong-secret")

    assert "k-wrong-secret" not in str(refused.value)


def test_a_read_that_was_cut_off_goes_on_from_its_staged_pages(reader, tmp_path):
    reader.serve(ENGLISH)
    whole = of_id(reader.read())
    reader.server.script(DETAIL, faults.status(503), times=None, when=lambda a: a.params["id"][0] > "1000015")
    staging = tmp_path / "staging"
    staging.mkdir()
    with pytest.raises(Unavailable):
        reader.read(staging=staging)
    reader.server.clear()
    reader.serve(ENGLISH)

    again = reader.read(staging=staging)

    assert of_id(again) == whole
    assert 0 < reader.server.count(DETAIL) < -(-len(ENGLISH) // 10)
