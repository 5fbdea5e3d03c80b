"""Each way in which a file goes wrong, for each system of files: nothing changes until it is whole."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from dagster_ingest.connectors import registry
from dagster_ingest.land.base import PartitionVersion
from dagster_ingest.validate.audit import Auditor
from tests.systems.matrix_damage import INCOMPLETE, DropCase, drop_cases
from tests.systems.matrix_drops import DAYS, DROPS, Drops
from tests.systems.matrix_store import Rows, Store, explained, same


@dataclass
class World:
    """A system's files, a store after the first day, and what it holds after a second one without faults."""

    of: Drops
    first: Store
    clean: Rows


@pytest.fixture(scope="module")
def worlds(tmp_path_factory) -> Callable[[type[Drops]], World]:
    made: dict[type[Drops], World] = {}

    def world(of: type[Drops]) -> World:
        if of not in made:
            drops = of(tmp_path_factory.mktemp("files"))
            first = Store(
                tmp_path_factory.mktemp("first"), drops.yaml, of.state, lambda: registry.connector("files")
            )
            drops.deliver(first.drops, 1)
            assert {ended.how for ended in first.load().values()} == {"committed"}
            without = first.copy(tmp_path_factory.mktemp("without"))
            drops.deliver(without.drops, 2)
            assert {ended.how for ended in without.load().values()} <= {"committed", "unchanged"}
            made[of] = World(drops, first, without.rows())
        return made[of]

    return world


def meddling(table: str, hook: Callable[[], None]) -> type[Auditor]:
    """An auditor of that table that lets something happen once, when the first rows are there."""

    class Meddling(Auditor):
        def __init__(self, contract, *given, **more) -> None:
            super().__init__(contract, *given, **more)
            self._due = contract.table == table

        def batch(self, frame):
            if self._due:
                self._due = False
                hook()
            return super().batch(frame)

    return Meddling


@pytest.mark.parametrize("case", drop_cases(), ids=str)
def test_a_fault_of_a_file_ends_in_the_same_rows_or_changes_nothing(case: DropCase, worlds, tmp_path: Path):
    world, damage = worlds(case.drops), case.damage
    store = world.first.copy(tmp_path)
    world.of.deliver(store.drops, 2)
    path = world.of.file(store.drops)
    before = store.versions(), store.rows()
    if damage.before is not None:
        damage.before(path)
    if damage.reading is not None:
        struck = damage.reading
        store.audit = meddling(case.drops.last, lambda: struck(path))

    ended = store.load()

    hit = [case.drops.last] if damage.reading is not None else case.drops.tables
    assert {table: ended[table].kind for table in hit} == dict.fromkeys(hit, case.ends)
    assert {e.how for e in ended.values()} <= {"committed", "unchanged", "blocked", "Unavailable"}
    for table in hit:
        if ended[table].error is not None:
            assert "last good partition" in explained(ended[table])
        _nothing_changed(store, before, f"{case.drops.system}_{table}")
    if case.ends == INCOMPLETE:
        assert store.versions() == before[0]
    store.audit = Auditor
    world.of.withdraw(store.drops, 2)
    world.of.deliver(store.drops, 2)
    store.load()
    same(store.rows(), world.clean)


def _nothing_changed(store: Store, before: tuple[list[PartitionVersion], Rows], raw: str) -> None:
    versions, rows = before
    assert [v for v in store.versions() if v.table == raw] == [v for v in versions if v.table == raw]
    same({raw: store.rows()[raw]}, {raw: rows[raw]})


@pytest.mark.parametrize("of", DROPS, ids=lambda of: of.name)
def test_the_same_delivery_again_changes_nothing(of: type[Drops], worlds, tmp_path: Path):
    """The same bytes under the names of a later day."""
    world = worlds(of)
    store = world.first.copy(tmp_path)
    before = store.versions()
    for path in list(store.drops.iterdir()):
        shutil.copyfile(path, path.with_name(path.name.replace(DAYS[1], "20260309")))

    ended = store.load()

    how = [explained(e) for e in ended.values()]
    assert {e.how for e in ended.values()} <= {"unchanged", "committed"}, how
    assert all(e.how == "unchanged" or (e.result and e.result.same_rows) for e in ended.values())
    assert [v.data_version for v in store.versions()] == [v.data_version for v in before]


@pytest.mark.parametrize("of", DROPS, ids=lambda of: of.name)
def test_an_older_delivery_that_comes_late_does_not_count(of: type[Drops], worlds, tmp_path: Path):
    world = worlds(of)
    store = world.first.copy(tmp_path)
    world.of.withdraw(store.drops, 1)
    world.of.deliver(store.drops, 2)
    store.load()
    world.of.deliver(store.drops, 1)

    ended = store.load()

    assert {e.how for e in ended.values()} == {"unchanged"}
    same(store.rows(), world.clean)
