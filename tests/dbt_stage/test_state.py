"""Runs are about one state; tests find what is wrong in it."""

from __future__ import annotations

import duckdb
import pytest

from dagster_ingest.testing.stage_sample import every_entity

PARENTS = ["service", "organization", "service_at_location", "location", "program"]


def spanish(service):
    """The name of a service, as its source says it in Spanish."""
    said = {"entity": "service", "id": service, "field": "name", "locale": "es", "text": "Comidas"}
    return {"translation_id": f"service/{service}/name/es", **said}


def everything(stage, state):
    """All rows of all stage tables of a state."""
    return {
        name: sorted(map(repr, stage.rows(f"select * from stage.{name} where _state = '{state}'")))
        for name in stage.models()
    }


def broken(results):
    return {name for name, result in results.items() if not result.ok and result.status != "skipped"}


def test_a_run_rewrites_its_own_state_and_no_other(stage):
    for state in ("IA", "NE"):
        rows = every_entity(6, state=state)
        stage.load({**rows, "translation": [spanish(rows["service"][0]["id"])]}, state)
        stage.build(state=state, tests=False)
    before = everything(stage, "IA")

    stage.load(every_entity(3, state="IA"), "IA")  # not built: must not be seen
    stage.load(every_entity(9, seed=2, state="NE"), "NE")
    stage.build(state="NE", tests=False)

    assert everything(stage, "IA") == before
    assert len(everything(stage, "NE")["service"]) == 9
    assert all(rows for rows in before.values())


def test_building_twice_gives_the_same_rows(stage):
    stage.load(every_entity(6))
    stage.build(tests=False)
    before = everything(stage, "IA")

    stage.build(tests=False)

    assert everything(stage, "IA") == before


def test_an_emptied_state_is_emptied(stage):
    stage.load(every_entity(6, state="IA"), "IA")
    stage.load(every_entity(6, state="NE"), "NE")
    stage.build(state="IA", tests=False)
    stage.build(state="NE", only=["service"], tests=False)

    stage.load({}, "IA")
    assert broken(stage.build(state="IA")) == set()

    assert [name for name, rows in everything(stage, "IA").items() if rows] == []
    assert len(stage.rows("select * from stage.service where _state = 'NE'")) == 6


def test_one_state_may_repeat_the_ids_of_another(stage):
    rows = every_entity(4)
    stage.load(rows, "IA")
    stage.load(rows, "NE")
    stage.build(state="IA", only=PARENTS, tests=False)

    assert broken(stage.build(state="NE", only=PARENTS)) == set()


@pytest.mark.parametrize(
    ("table", "values", "test"),
    [
        ("location", {"organization_id": "nobody"}, "foreign_keys_location_organization"),
        ("location", {"location_type": "redacted"}, "accepted_values_location_location_type"),
        ("organization", {"name": None}, "organization"),
    ],
)
def test_what_breaks_the_model_is_found_in_its_own_state_only(stage, table, values, test):
    stage.load(every_entity(2, state="NE"), "NE")
    rows = every_entity(2, state="IA")
    rows[table][0] |= values
    stage.load(rows, "IA")

    found = broken(stage.build(state="IA", only=PARENTS))

    assert [name.startswith(test) for name in found] == [True]
    assert broken(stage.build(state="NE", only=PARENTS)) == set()


def test_double_ids_are_found(stage):
    rows = every_entity(2)
    rows["organization"].append(dict(rows["organization"][0]))
    stage.load(rows)

    assert "unique_organization_id" in broken(stage.build(only=PARENTS))


def test_a_search_record_lost_in_a_join_would_be_found(stage):
    stage.load(every_entity(3))
    stage.build(tests=False)
    with duckdb.connect(str(stage.database)) as connection:
        connection.execute(
            "delete from stage.search_record where id = (select min(id) from stage.search_record)"
        )

    found = broken(stage.build(only=["search_record"], models=False))

    assert {name.split("_search")[0] for name in found} == {"nothing_dropped"}
