"""The stage holds the HSDS model, column by column, and search_record what it says it holds."""

from __future__ import annotations

import pytest

from dagster_ingest.hsds import entities

TYPES = {"number": "double", "date": "date", "datetime": "timestamp"}
EMPTY = {"funding", "meta_table_description", "service_capacity", "unit"}  # no source fills them
OWN = ["_tenant", "_state"]


@pytest.fixture(scope="module")
def models(parsed):
    return {n["name"]: n for n in parsed[1].values() if n["resource_type"] == "model"}


def test_every_entity_has_a_model(models):
    assert set(models) == (set(entities()) - EMPTY) | {"search_record", "translation"}


@pytest.mark.parametrize("name", sorted(set(entities()) - EMPTY))
def test_columns_are_those_of_the_standard(models, name):
    fields = entities()[name].fields

    columns = {c["name"]: c["data_type"] for c in models[name]["columns"].values()}

    assert list(columns) == [f.name for f in fields] + OWN
    assert list(columns.values()) == [TYPES.get(f.type, "varchar") for f in fields] + ["varchar"] * 2


def test_a_translation_says_whose_text_it_is(models):
    columns = [c["name"] for c in models["translation"]["columns"].values()]

    assert columns == ["translation_id", "entity", "id", "field", "locale", "text", *OWN]


def test_every_contract_is_enforced(models):
    assert {name for name, m in models.items() if not m["config"]["contract"]["enforced"]} == set()


def test_every_foreign_key_of_the_standard_is_tested(parsed):
    tested = {
        (n["attached_node"].split(".")[2], column, parent)
        for n in parsed[1].values()
        if n["resource_type"] == "test" and n["test_metadata"]["name"] == "foreign_keys"
        for column, parent in n["test_metadata"]["kwargs"]["parents"].items()
    }

    wanted = {
        (name, f.name, f.references.split(".")[0])
        for name, entity in entities().items()
        for f in entity.fields
        if f.references and name not in EMPTY
    }
    assert wanted <= tested


def test_every_id_is_tested_unique(parsed, models):
    tested = {
        (n["attached_node"].split(".")[2], n["column_name"])
        for n in parsed[1].values()
        if n["resource_type"] == "test" and n["test_metadata"]["name"] == "unique"
    }

    assert tested == {(name, "translation_id" if name == "translation" else "id") for name in models}


def test_required_fields_may_not_be_null(models):
    for name, entity in entities().items():
        for f in entity.fields if name not in EMPTY else ():
            rules = {c["type"] for c in models[name]["columns"][f.name]["constraints"]}
            value_only = (name, f.name) == ("attribute", "taxonomy_term_id")
            assert ("not_null" in rules) == ((f.required or f.required_csv) and not value_only), (
                name,
                f.name,
            )
