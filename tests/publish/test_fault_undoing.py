"""Kill -9 at each step of a withdrawal and of a rollback: nothing half moved, nothing of others lost, and
nothing that was taken away comes back. The same command finishes it, and so does a publish.

The tables of docs/readers/faults.md are these.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dagster_ingest.errors import PublishError
from tests.publish import fault_undoing as table
from tests.publish.fault_breaks import kill
from tests.publish.fault_cases import Case
from tests.publish.fault_servers import fresh
from tests.publish.fault_stores import (
    ADDED,
    GONE,
    NEIGHBOUR,
    STATE,
    STRANGER,
    TENANT,
    neighbour,
    stranger,
)
from tests.publish.fault_undoing import Expected, ended, shown

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture(scope="module")
def expected(addresses) -> Callable[[str, str], Expected]:
    """What a store shows before and after it is undone, without any fault."""
    made: dict[tuple[str, str], Expected] = {}

    def of(name: str, mode: str) -> Expected:
        if (name, mode) not in made:
            store = prepared(name, mode, addresses(name))
            before = shown(store)
            table.undo(store, mode)
            made[name, mode] = Expected(before, shown(store), store.reader().published(TENANT, STATE))
            assert before != made[name, mode].after
        return made[name, mode]

    return of


def prepared(name: str, mode: str, address: str) -> Any:
    store = fresh(name, address)
    table.prepare(store, mode)
    return store


def killed(store, case: Case) -> None:
    what = table.WITHDRAW if case.mode == table.WITHDRAW else table.ROLLBACK
    kill(store, case.mode, what, table.point(case))


def published(store, mode: str, expected: Expected) -> None:
    """A publish shows exactly the partition, whatever was there."""
    given, reader = table.second(mode)(store.name), store.reader()
    reader.publish(given)
    assert shown(store) == expected.before
    assert reader.verify(given).problems == ()
    assert reader.published(TENANT, STATE) == given.version
    assert not reader.publish(given).changed
    untouched(store)


def untouched(store) -> None:
    """Another state and another tenant are signed as ever."""
    assert store.reader().published(TENANT, NEIGHBOUR) == neighbour(store.name).version
    assert store.beside().reader().published(STRANGER, STATE) == stranger(store.name).version


@pytest.mark.parametrize("case", [pytest.param(c, id=c.id) for c in table.withdrawals()])
def test_a_withdrawal_is_killed(case: Case, addresses, expected) -> None:
    wanted = expected(case.store, case.mode)
    store = prepared(case.store, case.mode, addresses(case.store))

    killed(store, case)

    assert ended(store, case.mode, wanted) == case.ends
    assert store.reader().withdraw(TENANT, STATE) >= 0
    withdrawn(store, wanted)
    published(store, case.mode, wanted)
    table.again(store, case.mode)
    killed(store, case)
    if case.ends == table.AWAY:
        stays_away(store)
    published(store, case.mode, wanted)


def withdrawn(store, wanted: Expected) -> None:
    """Nothing of the state is in a byte of the store, and nothing brings it back."""
    assert shown(store) == wanted.after
    assert ADDED.encode() not in store.dump()
    assert store.reader().withdraw(TENANT, STATE) == 0
    stays_away(store)
    assert shown(store) == wanted.after
    assert store.reader().published(TENANT, STATE) is None
    untouched(store)
    if store.name == "opensearch":
        assert len(store.indices()) == 5


def stays_away(store) -> None:
    with pytest.raises(PublishError, match="kept that could be shown again"):
        store.reader().rollback(TENANT)


@pytest.mark.parametrize("case", [pytest.param(c, id=c.id) for c in table.rollbacks()])
def test_a_rollback_is_killed(case: Case, addresses, expected) -> None:
    wanted = expected(case.store, case.mode)
    store = prepared(case.store, case.mode, addresses(case.store))

    killed(store, case)

    assert ended(store, case.mode, wanted) == case.ends
    if (case.store, case.fault) == ("hsds_package", "done"):  # nobody can tell it from one that ended
        with pytest.raises(PublishError, match="no package is kept"):
            store.reader().rollback(TENANT)
    else:
        store.reader().rollback(TENANT)
    rolled_back(store, case.mode, wanted)
    published(store, case.mode, wanted)
    table.again(store, case.mode)
    killed(store, case)
    published(store, case.mode, wanted)


def rolled_back(store, mode: str, wanted: Expected) -> None:
    """As without a fault, once: there is nothing to go further back to."""
    assert shown(store) == wanted.after
    assert store.reader().published(TENANT, STATE) == wanted.signed
    assert (GONE.encode() in store.dump()) is (mode == table.ROLLBACK)
    with pytest.raises(PublishError, match="kept that could be shown again"):
        store.reader().rollback(TENANT)
    assert shown(store) == wanted.after
    untouched(store)
    if store.name == "opensearch":
        assert len(store.indices()) == 5
