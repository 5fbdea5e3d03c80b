"""What a store holds, as frames: against the same said with dicts."""

from __future__ import annotations

import random

import pytest

from dagster_ingest.publish.documents import holding
from dagster_ingest.publish.documents.holding import Shown
from dagster_ingest.publish.documents.keys import Keys

STATES = ("FL", "GA", "IA")


def some(chance: random.Random, size: int) -> dict[str, Shown]:
    return {
        f"{number:03}": Shown(
            chance.choice("abc") * 4,
            tuple(sorted(chance.sample(STATES, chance.randint(1, 3)))),
            chance.choice([None, "1", "2"]),
        )
        for number in chance.sample(range(40), size)
    }


def wanted(chance: random.Random, size: int) -> tuple[Keys, dict[str, tuple[str, str | None]]]:
    """Half of them stand, the others are made, and some are made twice."""
    said = {key: (each.hash, each.original) for key, each in some(chance, size).items()}
    keys, standing = Keys(), dict(list(said.items())[::2])
    rows = [(key, Shown(told, (), original)) for key, (told, original) in standing.items()]
    keys.stand(holding.held(rows).drop("states"))
    for key, (told, original) in said.items():
        if key not in standing:
            keys.add(key, "old")
            keys.add(key, told, original)
    return keys, said


@pytest.mark.parametrize("seed", range(20))
def test_the_same_as_dicts_say(seed) -> None:
    chance = random.Random(seed)
    before, state = some(chance, chance.choice([0, 1, 20])), "GA"
    own, said = wanted(chance, chance.choice([0, 1, 20]))
    rows = holding.held(before.items())

    mine = {key for key, each in before.items() if state in each.states}
    left = {key: tuple(s for s in each.states if s != state) for key, each in before.items()}
    expected = {key: Shown(each.hash, left[key], each.original) for key, each in before.items() if left[key]}
    others = dict(expected)
    for key, (told, original) in said.items():
        expected[key] = Shown(told, tuple(sorted({state, *left.get(key, ())})), original)

    assert holding.shown(rows) == before
    assert set(holding.of_state(rows, state)["key"]) == mine
    assert holding.shown(holding.of_others(rows, state)) == others
    assert set(holding.gone(rows, state, own)["key"]) == mine - said.keys()
    assert set(holding.rewritten(rows, own)) == {
        k for k in said if k in before and before[k].hash != said[k][0]
    }
    assert holding.shown(holding.after(rows, state, own)) == expected
    assert len(own) == len(said)
    assert own.drawn(100) == {key: told for key, (told, _) in said.items()}


def test_who_shows_nothing_holds_nothing() -> None:
    assert holding.after(holding.EMPTY, "GA", Keys()).equals(holding.EMPTY)
    assert holding.shown(holding.EMPTY) == {}
    assert Keys().drawn(3) == {}
