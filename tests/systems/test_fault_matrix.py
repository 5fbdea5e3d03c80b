"""Each fault of each vendor system, at each point, once and for good: the same rows, or nothing changed.

Every case is a real load: the system's own settings and contracts, the connector, the landing. The second
load of a tenant goes wrong; the one after it has to bring it where it would be without the fault.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from dagster_ingest import pace
from dagster_ingest.connectors.http.connector import HttpConnector
from dagster_ingest.testing.http import FakeServer
from tests.connectors.http.conftest import Clock
from tests.systems.matrix_apis import KEY, SECRET, Api
from tests.systems.matrix_damage import DAMAGES
from tests.systems.matrix_faults import FAULTS, LATER, SAME, UNCHANGED, Case, cases
from tests.systems.matrix_page import PAGE, with_tables
from tests.systems.matrix_store import Ended, Rows, Store, explained, same


@dataclass
class World:
    """A system's server, a store after the first day, and what it holds after a second one without faults."""

    api: Api
    first: Store
    clean: Rows


@pytest.fixture(scope="module")
def worlds(tmp_path_factory) -> Iterator[Callable[[type[Api], str], World]]:
    """Made when they are first asked for. Settings are part of where a source is read on from, so that each
    patience has a world of its own."""
    made: dict[tuple[type[Api], str], World] = {}
    with ExitStack() as stack:
        stack.enter_context(pytest.MonkeyPatch.context()).setenv(f"ACME__{SECRET}", KEY)

        def world(of: type[Api], patience: str) -> World:
            if (of, patience) not in made:
                server = stack.enter_context(FakeServer())
                made[of, patience] = _made(of(server), patience, tmp_path_factory)
            return made[of, patience]

        yield world


def _made(api: Api, patience: str, tmp_path_factory) -> World:
    clock = Clock()
    api.day(1)
    first = Store(
        tmp_path_factory.mktemp("first"), api.source(patience), "IA", lambda: HttpConnector(clock.timing)
    )
    assert {ended.how for ended in first.load().values()} == {"committed"}
    without = first.copy(tmp_path_factory.mktemp("without"))
    api.day(2)
    assert {ended.how for ended in without.load().values()} == {"committed"}
    days = [{row["id"] for row in api.rows(day)} for day in (1, 2)]
    assert days[0] - days[1], "something is deleted"
    return World(api, first, without.rows())


@pytest.mark.parametrize("case", cases(), ids=str)
def test_a_fault_of_an_api_ends_in_the_same_rows_or_changes_nothing(
    case: Case, worlds, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO)
    world = worlds(case.api, case.fault.patience)
    api, store = world.api, world.first.copy(tmp_path)
    before = store.versions(), store.rows()
    pace.forget()
    api.server.heal()
    api.day(2)
    case.fault.strike(api, case.point, case.lasts)
    struck = api.struck

    ended = store.load()[api.table]

    assert api.struck > struck, "nothing went wrong"
    assert KEY not in caplog.text
    if case.ends == SAME:
        assert ended.how == "committed", explained(ended)
        same(store.rows(), world.clean)
        return
    if case.ends == LATER:
        assert ended.how == "committed", explained(ended)
    else:
        assert ended.kind == case.ends, explained(ended)
        raw = f"{api.system}_{api.table}"
        same({raw: store.rows()[raw]}, {raw: before[1][raw]})
        assert [v for v in store.versions() if v.table == raw] == [v for v in before[0] if v.table == raw]
        _explains_itself(ended, case)
    api.server.heal()
    api.day(2)

    assert store.load()[api.table].how in ("committed", "unchanged")

    same(store.rows(), world.clean)


def _explains_itself(ended: Ended, case: Case) -> None:
    """Where it happened, on which page, in which answer; and never our own key."""
    if ended.how == UNCHANGED or ended.rule.startswith("*"):
        return
    assert ended.error is not None
    said = explained(ended, ended.error.source["host"], "last good partition")
    assert "127.0.0.1:" in said
    whole = repr((str(ended.error), ended.error.__dict__, ended.error.__cause__, ended.error.__context__))
    assert KEY not in whole
    assert not ended.result or KEY not in repr(ended.result)
    if case.fault.tells:
        point = case.api.points[case.point]
        assert ended.error.source["page"].startswith(point.page)
        assert ended.error.source["request id"].startswith("req-")
        assert case.fault.tells in ended.error.source["answer"]


def test_the_page_of_the_documentation_says_what_the_cases_say():
    text = PAGE.read_text()

    assert text == with_tables(text), "run `python -m tests.systems.matrix_page`"
    assert all(f"| {fault.name} |" in text for fault in FAULTS)
    assert all(f"| {damage.name} |" in text for damage in DAMAGES)
