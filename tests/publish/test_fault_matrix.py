"""Each fault of each store, at each point: never half a publication that counts as one, never a lost delete.

Every case publishes ten records and another state's four, then a second version breaks; the run after it has
to bring the store where it would be without the fault. The table of docs/readers/faults.md is this one.
"""

from __future__ import annotations

import re
import resource
from collections.abc import Callable

import pytest

from dagster_ingest.publish.mongodb import driver, ledger
from dagster_ingest.testing import opensearch
from tests.publish import fault_cases as table
from tests.publish import fault_undoing as undoing
from tests.publish.fault_breaks import BREAKS, kill
from tests.publish.fault_cases import Case
from tests.publish.fault_page import PAGE, with_tables
from tests.publish.fault_servers import REAL, fresh
from tests.publish.fault_stores import (
    GONE,
    NEIGHBOUR,
    STATE,
    TENANT,
    Shown,
    neighbour,
    new,
    old,
)

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture(scope="module")
def clean(addresses) -> Callable[[str], tuple[Shown, Shown]]:
    """What a store shows before and after the second version, without any fault."""
    made: dict[str, tuple[Shown, Shown]] = {}

    def shown(name: str) -> tuple[Shown, Shown]:
        if name not in made:
            store = started(name, addresses(name))
            before = store.shown()
            store.reader().publish(new(name))
            made[name] = (before, store.shown())
            assert made[name][0] != made[name][1]
        return made[name]

    return shown


def started(name: str, address: str):
    """A store of its own that shows the old version and the neighbour."""
    store = fresh(name, address)
    for partition in (neighbour(store.name), old(store.name)):
        store.reader().publish(partition)
    return store


def ended(store, clean: tuple[Shown, Shown]) -> str:
    """What the store shows now, in the words of the table; what is torn or signed in error fails here."""
    before, after = clean
    shown, signed = store.shown(), store.reader().published(TENANT, STATE)
    kind = "old" if shown == before else "new" if shown == after else "part"
    if kind == "part":
        torn = {k: v for k, v in shown.items() if v not in (before.get(k), after.get(k))}
        assert not torn, "a document is neither the old nor the new one"
        kind = "part" if shown else "nothing"
    if signed is None:
        return f"{kind}, unsigned"
    assert signed == {"old": old, "new": new}[kind](store.name).version, "signed as what it is not"
    return kind


def healed(store, mode: str, clean: tuple[Shown, Shown]) -> None:
    """The next run brings the store where it would be, and nothing is left of the fault or of the deleted."""
    patience = {"silence_seconds": 0.5} if store.name in ("opensearch", "mongodb") else {}
    reader = store.reader("bulk" if mode == table.BULK else "incremental", **patience)
    reader.publish(new(store.name))
    if reader.published(TENANT, NEIGHBOUR) is None:  # what a hand destroyed comes back state by state
        reader.publish(neighbour(store.name))
    assert store.shown() == clean[1]
    assert reader.published(TENANT, STATE) == new(store.name).version
    assert reader.published(TENANT, NEIGHBOUR) == neighbour(store.name).version
    assert reader.verify(new(store.name)).problems == ()
    assert GONE.encode() not in store.dump()
    assert not reader.publish(new(store.name)).changed
    if store.name == "opensearch":
        assert len(store.indices()) in (5, 10)  # a bulk publish keeps those of before
    if store.name == "mongodb":
        assert not [n for n in collections(store) if n.startswith(ledger.ASIDE)]


def collections(store) -> list[str]:
    with driver.connected(store.address, store.database) as database:
        return database.list_collection_names()


@pytest.mark.parametrize("case", [pytest.param(c, id=c.id) for c in table.kills()])
def test_a_publisher_is_killed(case: Case, addresses, clean) -> None:
    expected = clean(case.store)
    store = started(case.store, addresses(case.store))

    kill(store, case.mode, "new", case.fault)

    assert ended(store, expected) == case.ends
    healed(store, case.mode, expected)


@pytest.mark.parametrize("server", REAL)
@pytest.mark.parametrize("mode", [table.BULK, table.INCREMENTAL])
def test_a_publisher_of_a_real_search_server_is_killed(mode: str, server: str, addresses, clean) -> None:
    """The points that matter most: nothing swapped yet, all swapped and not signed, some written."""
    address = addresses(server)
    points = {c.fault: c.ends for c in table.kills() if (c.store, c.mode) == ("opensearch", mode)}
    expected = clean(server)
    for point in points.keys() & {"swapped", "writing"}:
        store = started(server, address)
        kill(store, mode, "new", point)
        assert ended(store, expected) == points[point]
        healed(store, mode, expected)


@pytest.mark.parametrize("server", REAL)
@pytest.mark.parametrize("mode", [undoing.WITHDRAW, undoing.ROLLBACK_LESS])
def test_who_undoes_in_a_real_search_server_is_killed(mode: str, server: str, addresses) -> None:
    """Some are removed, the rest are not; no alias is moved yet; all are."""
    store = fresh(server, addresses(server))
    undoing.prepare(store, mode)
    before = undoing.shown(store)
    undoing.undo(store, mode)
    expected = undoing.Expected(before, undoing.shown(store), None)
    points = [c for c in (*undoing.withdrawals(), *undoing.rollbacks()) if c.fault in undoing.MIDWAY]
    for case in (c for c in points if (c.store, c.mode) == ("opensearch", mode)):
        undoing.again(store, mode)
        kill(store, mode, mode.partition(" ")[0], undoing.point(case))
        assert undoing.ended(store, mode, expected) == case.ends
        undoing.undo(store, mode)
        assert undoing.shown(store) == expected.after


@pytest.mark.parametrize("server", REAL)
def test_what_a_killed_publisher_wrote_last_is_withdrawn_as_well(server: str, addresses) -> None:
    """A real one finds what was written only once it has refreshed the index."""
    store = started(server, addresses(server))
    for index in store.indices():
        opensearch.ask(store.address, "PUT", f"/{index}/_settings", {"index": {"refresh_interval": "-1"}})
    kill(store, table.INCREMENTAL, "new", "written")

    store.reader().withdraw(TENANT, STATE)

    opensearch.ask(store.address, "POST", "/_refresh")
    for name in ("gulf-resources_en", "gulf-resources_es"):
        left = opensearch.found(store.address, name, {"match_all": {}})
        assert {state for d in left for state in d["ingest"]["states"]} == {NEIGHBOUR}


@pytest.mark.parametrize("case", [pytest.param(c, id=c.id) for c in table.others()])
def test_something_breaks(case: Case, addresses, clean, monkeypatch) -> None:
    expected = clean(case.store)
    store = started(case.store, addresses(case.store))
    with monkeypatch.context() as patch:
        said = BREAKS[case.fault](store, case.mode, patch)
    assert re.search(case.says, said) if case.says else said == "", said
    assert ended(store, expected) == case.ends
    healed(store, case.mode, expected)


def test_a_full_disk_is_none_of_this_process(addresses, monkeypatch) -> None:
    """A limit of file sizes would hold for every file that another thread or an import writes meanwhile."""
    store = started("hsds_package", addresses("hsds_package"))
    monkeypatch.setattr(resource, "setrlimit", lambda *_: pytest.fail("this process is limited"))

    assert "File too large" in BREAKS[table.DISK](store, table.INCREMENTAL, monkeypatch)


def test_the_page_shows_this_table() -> None:
    text = PAGE.read_text()
    assert text == with_tables(text), "run `python -m tests.publish.fault_page`"
