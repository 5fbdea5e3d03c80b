"""Drift of real loads: files in, profiles and deviations out."""

from __future__ import annotations

import random

from dagster_ingest.extract.result import LoadResult
from dagster_ingest.validate.drift import Drift
from dagster_ingest.validate.profile import Profile


def delivered(
    rows: int, *, note_share: float = 0.9, kind=("food", "rent"), extra: bool = False, seed: int = 1
) -> str:
    dice = random.Random(seed)
    lines = ["ID,NAME,NOTE,KIND" + (",Opening Hours" if extra else "")]
    for i in range(rows):
        note = f"note {dice.randrange(12)}" if dice.random() < note_share else ""
        lines.append(f"{i},name {i},{note},{dice.choice(kind)}" + (",9-5" if extra else ""))
    return "\n".join(lines) + "\n"


def kinds(result: LoadResult) -> list[tuple[str, str | None]]:
    return [(d.kind, d.column) for d in result.drift.deviations]


def declare(world, make, *, policy=None) -> None:
    enum = make.rule("KIND", "enum", values=["food", "rent"])
    contract = make.contract("ID", "NAME", "NOTE", "KIND", rules=(enum,))
    world.table("services", contract, policy=policy or make.block, path="{state}")


def test_a_new_column_lands_and_stands_in_the_store_with_its_patch(world, make):
    declare(world, make)
    world.put("ia/services.csv", delivered(50))
    assert world.load().drift.deviations == ()
    world.put("ia/services.csv", delivered(50, extra=True))

    result = world.load()

    assert (result.outcome, kinds(result)) == ("committed", [("column_added", "Opening_Hours")])
    [observed] = world.landing.drift("feed_services", "IA")
    [deviation] = Drift.from_json(observed.drift).deviations
    assert (deviation.heading, deviation.patch["logicalType"]) == ("Opening Hours", "string")
    assert Profile.from_json(observed.profile).columns["Opening_Hours"].distinct == 1


def test_a_missing_optional_column_is_told_when_it_goes(world, make):
    declare(world, make)
    world.put("ia/services.csv", delivered(50))
    world.load()
    world.put("ia/services.csv", "ID,NAME,KIND\n1,one,food\n")

    result = world.load()

    assert ("column_missing", "NOTE") in kinds(result)
    assert result.drift.missing == ("NOTE",)


def test_a_new_enum_value_is_told_although_it_blocks_the_load(world, make):
    declare(world, make)
    world.put("ia/services.csv", delivered(50, kind=("food", "rent", "legal")))

    result = world.load()

    assert result.outcome == "blocked"
    assert kinds(result) == [("enum", "KIND")]
    [observed] = world.landing.drift()
    assert (observed.outcome, observed.load_id) == ("blocked", result.load_id)
    assert "'legal'" in Drift.from_json(observed.drift).deviations[0].seen


def test_a_null_share_that_jumps_after_some_loads_is_told_once_it_jumps(world, make):
    declare(world, make)
    found = []
    for number, share in enumerate((0.9, 0.85, 0.92, 0.88, 0.2)):
        world.put("ia/services.csv", delivered(200, note_share=share, seed=number))
        found.append(kinds(world.load()))

    assert found == [[], [], [], [], [("null_share", "NOTE")]]


def test_twenty_similar_random_loads_of_a_small_table_raise_no_alarm(world, make):
    declare(world, make)
    for number in range(20):
        dice = random.Random(number)
        world.put("ia/services.csv", delivered(dice.randint(40, 60), note_share=0.7, seed=number))
        result = world.load()
        assert (result.outcome, kinds(result)) == ("committed", [])


def test_an_unchanged_load_is_not_looked_at(world, make):
    declare(world, make)
    world.put("ia/services.csv", delivered(50))
    assert world.load().observed

    again = world.load()

    assert (again.outcome, again.observed) == ("unchanged", False)
    assert len(world.landing.profiles()) == 1


def test_a_delivery_that_breaks_off_is_noted_as_far_as_it_was_read(world, make):
    declare(world, make)
    world.put("ia/services.csv", delivered(50).replace("ID,NAME", "NUMBER,NAME"))

    result = world.load()

    assert (result.outcome, result.error.rule) == ("blocked", "ID|present")
    [observed] = world.landing.profiles()
    profile = Profile.from_json(observed.profile)
    assert (observed.outcome, profile.whole, profile.rows) == ("blocked", False, 0)
    assert kinds(result) == [("column_added", "NUMBER"), ("column_missing", "ID")]


def test_states_are_profiled_apart(world, make):
    declare(world, make)
    world.put("ia/services.csv", delivered(50))
    world.put("ne/services.csv", delivered(30, note_share=0.0))
    world.load("IA")

    assert kinds(world.load("NE")) == []
    assert {(o.state, Profile.from_json(o.profile).rows) for o in world.landing.profiles()} == {
        ("IA", 50),
        ("NE", 30),
    }
