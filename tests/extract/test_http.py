"""A web API as the source of a whole load: what a fault does to the partition, and what a rerun does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace

import pytest

from dagster_ingest.connectors.http.connector import HttpConnector
from dagster_ingest.connectors.http.timing import Timing
from dagster_ingest.errors import AccessDenied, Unavailable
from dagster_ingest.extract import load_table
from dagster_ingest.extract.around import Around
from dagster_ingest.spec.models import FeedState
from dagster_ingest.spec.resolved import SourceSpec, TableSpec
from dagster_ingest.testing.http import Bearer, FakeServer, Pages, faults
from dagster_ingest.validate.audit import Auditor

TOKEN = "the-token-of-acme"
BY_CURSOR = {
    "cursor": {"field": "AT", "param": "since", "overlap": "0s"},
    "deletes": {"by": "id_list", "params": {"ids": "only"}},
}


def rows_of(count: int, day: int = 1, start: int = 1) -> list[dict]:
    return [
        {"ID": str(n), "NAME": f"name {n}", "NOTE": None, "AT": f"2026-01-{day:02}T00:00:00Z"}
        for n in range(start, start + count)
    ]


class Feed:
    """One table behind pages of four rows, loaded into a real store."""

    def __init__(self, world, make, server: FakeServer) -> None:
        self.world, self.server, self.rows, self.loads = world, server, rows_of(14), 0
        self.contract = replace(make.contract("ID", "NAME", "NOTE", "AT"), table="services")
        self.around = Around(world.folder / "work", {"FEED_TOKEN": TOKEN}.__getitem__)
        self.mode, self.settings = (
            "full",
            {
                "url": server.url,
                "path": "/items",
                "records": "items",
                "key": "ID",
                "auth": {"kind": "bearer", "token": {"secret": "FEED_TOKEN"}},
                "paging": {
                    "kind": "page",
                    "param": "page",
                    "size": 4,
                    "size_param": "size",
                    "total": "total",
                },
                "timeouts": {"read": 0.2},
            },
        )
        server.gate(Bearer(TOKEN))
        server.route("/items", Pages(self.rows, key="ID", since="AT"))

    def load(self):
        self.loads += 1
        table = TableSpec("services", "feed_services", self.contract, policy(), self.settings)
        source = SourceSpec("feed", "csv", "http", self.mode, FeedState(), (table,))
        tenant = SimpleNamespace(name="acme", states=("IA",), file=self.world.folder / "tenant.yaml")
        return load_table(
            tenant,
            source,
            table,
            "IA",
            connector=HttpConnector(Timing(sleep=lambda seconds: None)),
            landing=self.world.landing,
            audit=Auditor,
            drops=self.world.drops,
            around=self.around,
            load_id=f"load-{self.loads}",
        )

    def landed(self) -> list[tuple]:
        return sorted(self.world.rows("ID", "NAME"), key=lambda row: int(row[0]))

    def expected(self) -> list[tuple]:
        return sorted(((row["ID"], row["NAME"]) for row in self.rows), key=lambda row: int(row[0]))


def policy():
    from dagster_ingest.spec.models import Policy

    return Policy()


@pytest.fixture
def feed(world, make) -> Iterator[Feed]:
    with FakeServer() as server:
        yield Feed(world, make, server)


def test_a_web_api_is_landed_verbatim_with_its_origin(feed):
    result = feed.load()

    assert result.outcome == "committed"
    assert feed.landed() == feed.expected()
    origin = set(feed.world.rows("_source_uri"))
    assert origin == {(f"{feed.server.url}/items#pages=1-4",)}


def test_the_same_rows_again_are_the_same_data(feed):
    first = feed.load()

    again = feed.load()

    assert again.version.data_version == first.version.data_version


@pytest.mark.parametrize(
    "fault",
    [
        lambda server: faults.silent(server.hold),
        lambda server: faults.reset,
        lambda server: faults.status(500),
        lambda server: faults.too_many("1"),
        lambda server: faults.truncated,
        lambda server: faults.altered(lambda answer: {**answer, "items": []}),
        lambda server: faults.altered(lambda answer: {**answer, "total": 99}),
    ],
    ids=["timeout", "reset", "500", "429", "truncated", "empty", "total"],
)
def test_a_fault_changes_nothing_whether_it_passes_or_lasts(feed, fault):
    feed.load()
    before = feed.landed()
    feed.rows[0]["NAME"] = "another name"
    feed.server.script("/items", fault(feed.server), times=None, when=lambda asked: asked.number % 5 == 0)
    feed.server.script("/items", fault(feed.server), times=None, when=lambda asked: asked.number > 40)

    passing = feed.load()
    after_passing = feed.landed()
    feed.server.script("/items", fault(feed.server), times=None)
    try:
        lasting = feed.load().outcome
    except (Unavailable, AccessDenied):
        lasting = "raised"

    assert after_passing == (feed.expected() if passing.outcome == "committed" else before)
    assert lasting in ("blocked", "raised")
    assert feed.landed() == after_passing


def test_a_rerun_goes_on_with_the_pages_that_were_fetched(feed):
    feed.server.script("/items", faults.reset, times=None, when=lambda asked: asked.number >= 4)
    with pytest.raises(Unavailable):
        feed.load()
    feed.server.heal()
    before = feed.server.count("/items")

    result = feed.load()

    pages = [asked.param("page") for asked in feed.server.asked[before:]]
    assert result.outcome == "committed"
    assert feed.landed() == feed.expected()
    assert pages[:2] == ["3", "4"]  # the last page that was here is compared, then it goes on
    assert not list((feed.around.work / "pages").rglob("*.gz"))


def test_a_login_that_is_refused_leaves_the_partition_and_no_token_behind(feed):
    feed.load()
    before = feed.landed()
    feed.server.gate(Bearer("another-token"))

    with pytest.raises(AccessDenied) as failed:
        feed.load()

    assert TOKEN not in str(failed.value)
    assert feed.landed() == before


def test_changes_and_deletions_reach_the_partition_by_the_cursor(feed):
    feed.mode = "incremental"
    feed.settings |= BY_CURSOR
    feed.load()
    del feed.rows[2]
    feed.rows[0] |= {"NAME": "changed", "AT": "2026-01-05T00:00:00Z"}
    feed.rows += rows_of(2, day=6, start=50)

    result = feed.load()

    assert result.outcome == "committed"
    assert feed.landed() == feed.expected()
    asked = [asked.param("since") for asked in feed.server.asked if asked.param("since")]
    assert set(asked) == {"2026-01-01T00:00:00Z"}


def test_an_id_list_that_is_not_whole_deletes_nothing(feed):
    feed.mode = "incremental"
    feed.settings |= BY_CURSOR
    feed.load()
    before = feed.landed()
    feed.rows += rows_of(1, day=6, start=50)
    short = faults.altered(lambda answer: {**answer, "items": answer["items"][:1]})
    feed.server.script("/items", short, times=None, when=lambda asked: bool(asked.param("ids")))

    result = feed.load()

    assert result.outcome == "blocked"
    assert feed.landed() == before
