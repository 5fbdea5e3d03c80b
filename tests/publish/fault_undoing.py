"""Kills while a state is withdrawn and while a publication is rolled back: the table, and what it is done to.

Ends of a withdrawal: `all` of the state is shown, and signed; `unsigned`: the store says that it does not
know what it shows; `part` of it; `gone`. Of a rollback: `new`, what was shown before it, or `old`, what it
shows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from dagster_ingest.publish.base import StagePartition
from tests.publish import fault_cases as table
from tests.publish.fault_cases import NEW, OLD, OLD_UNSIGNED, PART_UNSIGNED, Case
from tests.publish.fault_stores import (
    GONE,
    STATE,
    TENANT,
    Shown,
    Store,
    neighbour,
    new,
    old,
    reworded,
    stranger,
)

ALL, ALL_UNSIGNED, AWAY = "all", "all, unsigned", "gone"
WITHDRAW, ROLLBACK, ROLLBACK_LESS = "withdraw", "rollback", "rollback of less"
COLUMNS = {
    WITHDRAW: [(store, WITHDRAW) for store in ("opensearch", "mongodb", "postgres", "hsds_package")],
    ROLLBACK: [(s, mode) for s in ("opensearch", "hsds_package") for mode in (ROLLBACK, ROLLBACK_LESS)],
}

# Points in their order, with the end of who is killed there.
_WITHDRAWN: dict[str, dict[str, str]] = {
    "opensearch": {
        "planned": ALL,
        "unsigned": ALL_UNSIGNED,
        "forgotten": ALL_UNSIGNED,
        "removing": PART_UNSIGNED,
        "removed": AWAY,
        "done": AWAY,
    },
    "mongodb": {
        "planned": ALL,
        "unsigned": ALL_UNSIGNED,
        "forgotten": PART_UNSIGNED,
        "removing": PART_UNSIGNED,
        "done": AWAY,
    },
    "postgres": {"planned": ALL, "removing": ALL, "commit": ALL, "done": AWAY},
    "hsds_package": {"planned": ALL, "forgotten": ALL, "unsigned": AWAY, "done": AWAY},
}
_ROLLED_BACK: dict[tuple[str, str], dict[str, str]] = {
    ("opensearch", ROLLBACK): {
        "planned": NEW,
        "swap": NEW,
        "swapped": OLD_UNSIGNED,
        "signed": OLD,
        "done": OLD,
    },
    # What is left of it is no whole publication, so nothing is signed.
    ("opensearch", ROLLBACK_LESS): {
        "planned": NEW,
        "swap": NEW,
        "swapped": OLD_UNSIGNED,
        "signed": OLD_UNSIGNED,
        "done": OLD_UNSIGNED,
    },
    **{
        ("hsds_package", mode): {
            "planned": NEW,
            "copied": NEW,
            "named": NEW,
            "swapped": OLD,
            "done": OLD,
        }
        for mode in (ROLLBACK, ROLLBACK_LESS)
    },
}
POINTS = {
    WITHDRAW: ("planned", "unsigned", "forgotten", "removing", "removed", "commit", "done"),
    ROLLBACK: ("planned", "copied", "named", "swap", "swapped", "signed", "done"),
}
MIDWAY = ("removing", "swap", "swapped")
_SHARED = ("named",)  # points of a publish as well
_SECOND = ("removing",)  # something was done before the second


def withdrawals() -> list[Case]:
    return [
        Case(s, WITHDRAW, point, ends) for s, points in _WITHDRAWN.items() for point, ends in points.items()
    ]


def rollbacks() -> list[Case]:
    return [Case(*at, point, ends) for at, points in _ROLLED_BACK.items() for point, ends in points.items()]


def point(case: Case) -> str:
    """As the victim hears it."""
    action = WITHDRAW if case.mode == WITHDRAW else ROLLBACK
    told = case.fault if case.fault in _SHARED else f"{action}.{case.fault}"
    return f"{told}:2" if case.fault in _SECOND else told


@dataclass(frozen=True, slots=True)
class Expected:
    """Of an undoing without a fault: what is shown before and after, and what is signed after."""

    before: Shown
    after: Shown
    signed: str | None


def second(mode: str) -> Callable[[str], StagePartition]:
    """The version that is shown before: it takes something away from the old one, or nothing."""
    return {WITHDRAW: led, ROLLBACK: reworded}.get(mode, new)


def led(store: str) -> StagePartition:
    """With a former id of a record."""
    given = new(store)
    (key,) = given.table("search_record").slice(0, 1)["service_at_location_id"].to_pylist()
    return replace(given, redirects={"former-id": key}, version=f"{given.version}-led")


def prepare(store: Store, mode: str) -> None:
    """Another tenant, another state, and the old version under another one."""
    store.beside().reader().publish(stranger(store.name))
    keeps(store).publish(neighbour(store.name))
    again(store, mode)


def again(store: Store, mode: str) -> None:
    """Something to undo: both versions one after the other, whatever is shown."""
    keeping = keeps(store)
    keeping.publish(old(store.name))
    keeping.publish(second(mode)(store.name))


def keeps(store: Store) -> Any:
    """A reader that keeps what it replaces, where it can."""
    return store.reader(table.BULK, **({"keep_previous": True} if store.name == "hsds_package" else {}))


def undo(store: Store, mode: str) -> None:
    if mode == WITHDRAW:
        store.reader().withdraw(TENANT, STATE)
    else:
        store.reader().rollback(TENANT)


def shown(store: Store) -> Shown:
    """What all states and tenants show."""
    found, beside = store.shown(), store.beside()
    if beside is not store:
        found |= {f"beside/{key}": said for key, said in beside.shown().items()}
    return found


def ended(store: Store, mode: str, expected: Expected) -> str:
    """What the store shows now, in the words of the table; what is torn or lost or signed in error fails."""
    now, signed = shown(store), store.reader().published(TENANT, STATE)
    before, after = expected.before, expected.after
    touched = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    others = {key: said for key, said in now.items() if key not in touched}
    assert others == {k: v for k, v in before.items() if k not in touched}, "a record of another is lost"
    torn = [key for key in touched & now.keys() if now[key] not in (before.get(key), after.get(key))]
    assert not torn, "a record says neither this nor that"
    whole, left = (ALL, AWAY) if mode == WITHDRAW else (NEW, OLD)
    kind = whole if now == before else left if now == after else "part"
    if mode != WITHDRAW:
        assert kind != "part", "half of the aliases are moved"
        assert GONE.encode() not in store.dump() or mode == ROLLBACK
    if kind == AWAY:
        assert signed is None
        return kind
    if signed is None:
        return f"{kind}, unsigned"
    wanted = second(mode)(store.name).version if kind == whole else expected.signed
    assert signed == wanted, "signed as what it is not"
    return kind
