"""Whose words stand: people's, the source's, a machine's; and which texts are looked at."""

import polars as pl

from dagster_ingest.enhance.translation import TABLES
from dagster_ingest.publish.documents.words import Words
from dagster_ingest.spec.translation_files import Override, TranslationFiles, source_hash
from dagster_ingest.testing.stage_search import search_rows
from tests.enhance.translation.conftest import Tables, World, said, services


def override(id: str, text: str, of: str | None = "Meals", **more: str) -> Override:
    given = {"entity": "service", "field": "description", "locale": "es"} | more
    return Override(id=id, text=text, source_hash=source_hash(of) if of else None, **given)


def test_words_of_people_stand_above_all_and_are_not_sent(world: World) -> None:
    files = TranslationFiles(overrides=(override("a", "Comidas"),))

    done = world.run(services(a="Meals", b="Beds"), world.settings("deepl"), files=files)

    assert said(done) == {"a": "Comidas", "b": "ES BEDS"}
    row = done.frame.row(0, named=True)
    assert (row["origin"], row["provider"], row["source_hash"]) == (
        "human",
        "overrides",
        source_hash("Meals"),
    )
    assert world.booth.texts() == ["Beds"]
    assert (done.report.stale, done.report.unused) == ((), ())


def test_words_of_people_survive_a_change_and_are_told_to_be_stale(world: World) -> None:
    old, of_nobody_knows = override("a", "Comidas"), override("b", "Camas", of=None)
    files = TranslationFiles(overrides=(old, of_nobody_knows))

    done = world.run(services(a="Warm meals", b="Beds"), world.settings("deepl"), files=files)

    assert said(done) == {"a": "Comidas", "b": "Camas"}
    assert done.report.stale == (old,)
    assert done.frame["source_hash"].to_list() == [source_hash("Meals"), None]
    assert source_hash("Warm meals") not in done.frame["source_hash"].to_list()


def test_words_of_people_about_what_is_not_published_are_not_used(world: World) -> None:
    gone = override("private", "Secreto")

    done = world.run(services(a="Meals"), world.settings("deepl"), files=TranslationFiles(overrides=(gone,)))

    assert set(said(done)) == {"a"}
    assert done.report.unused == (gone,)


def test_words_of_people_can_translate_a_name(world: World) -> None:
    files = TranslationFiles(overrides=(override("a", "Comedor", of="Service a", field="name"),))

    done = world.run(services(a="Meals"), world.settings("deepl"), files=files)

    assert ("name", "Comedor") in done.frame.select("field", "text").rows()
    assert done.report.stale == ()


def translations(*rows: tuple[str, str, str, str]) -> Tables:
    names = dict.fromkeys(("id", "field", "locale", "text"), pl.String)
    return {"translation": pl.DataFrame(list(rows), schema=names, orient="row")}


def test_the_sources_own_words_stand_above_a_machines(world: World) -> None:
    tables = services(a="Meals", b="Beds", c="Baths") | translations(
        ("a", "description", "es", "Comidas"),
        ("b", "description", "ES", "Camas"),
        ("c", "description", "es", " "),
        ("gone", "description", "es", "Secreto"),
    )
    files = TranslationFiles(overrides=(override("b", "Literas", of="Beds"),))

    done = world.run(tables, world.settings("deepl"), files=files)

    assert said(done) == {"a": "Comidas", "b": "Literas", "c": "ES BATHS"}
    assert done.frame["origin"].to_list() == ["source", "human", "machine"]
    assert done.frame.row(0, named=True)["source_hash"] is None
    assert world.booth.texts() == ["Baths"]


def test_without_a_provider_nothing_is_sent_and_people_are_heard(world: World) -> None:
    files = TranslationFiles(overrides=(override("a", "Comidas"),))

    done = world.run(services(a="Meals", b="Beds"), world.settings(), files=files)

    assert said(done) == {"a": "Comidas"}
    assert (done.report.waiting, done.report.troubled) == ({}, {})


def test_names_are_left_alone_unless_asked_for(world: World) -> None:
    tables = services(a="Meals") | {
        "organization": pl.DataFrame({"id": ["o"], "name": ["Prairie Legal Aid"], "description": ["Law"]})
    }

    left = world.run(tables, world.settings("deepl"))
    asked = world.run(
        tables, world.settings("deepl", fields={"organization.name": True, "service.description": False})
    )

    assert left.frame.select("entity", "field").rows() == [
        ("organization", "description"),
        ("service", "description"),
    ]
    assert asked.frame.select("entity", "field", "text").rows() == [
        ("organization", "description", "ES LAW"),
        ("organization", "name", "ES PRAIRIE LEGAL AID"),
    ]


def test_a_name_that_is_also_a_text_is_left_alone(world: World) -> None:
    tables = {"service": pl.DataFrame({"id": ["a"], "name": ["Meals"], "description": ["Meals"]})}

    done = world.run(tables, world.settings("deepl"))

    assert done.frame["field"].to_list() == ["description"]


def test_names_of_organizations_stay_within_texts(world: World) -> None:
    names = pl.DataFrame({"id": ["o", "p"], "name": ["Prairie Legal Aid", "Shelter"]})
    tables = services(a="Shelter by Prairie Legal Aid") | {"organization": names}

    kept = world.run(tables, world.settings("deepl"))
    free = world.run(tables, world.settings("deepl", protect_names=False))

    assert said(kept) == {"a": "ES SHELTER BY Prairie Legal Aid"}
    assert said(free) == {"a": "ES SHELTER BY PRAIRIE LEGAL AID"}


def test_each_locale_has_its_text_and_the_main_one_none(world: World) -> None:
    done = world.run(services(a="Meals"), world.settings("deepl"), locales=("en", "es", "zh_hans"))

    assert done.frame.select("locale", "text").rows() == [("es", "ES MEALS"), ("zh_hans", "ZH-HANS MEALS")]


def test_a_term_of_another_language_is_translated_to_the_main_one(world: World) -> None:
    terms = pl.DataFrame(
        {"id": ["t", "u", "v"], "name": ["Comida", "Food", "Beds"], "language": ["es", "en-US", None]}
    )

    done = world.run({"taxonomy_term": terms}, world.settings("deepl"))

    assert done.frame.select("id", "locale", "source_locale", "text").rows() == [
        ("t", "en", "es", "EN-US COMIDA"),
        ("u", "es", "en", "ES FOOD"),
        ("v", "es", "en", "ES BEDS"),
    ]


def test_what_has_no_words_is_neither_sent_nor_waiting(world: World) -> None:
    done = world.run(services(a="563-555-0101", b="  ", c=None), world.settings("deepl"))

    assert (done.frame.height, world.server.asked) == (0, [])
    assert (done.report.unchanged, done.report.waiting) == (1, {})


def test_an_empty_stage_gives_an_empty_frame(world: World) -> None:
    done = world.run({}, world.settings("deepl"))

    assert done.frame.is_empty()
    assert done.frame.columns == [
        "entity", "id", "field", "locale", "text", "source_locale", "origin", "provider", "source_hash",
        "glossary", "at",
    ]  # fmt: skip


def test_readers_find_every_text_that_they_ask_for(world: World) -> None:
    rows = search_rows(6)
    rows["location"] = [row | {"transportation": "Bus 5"} for row in rows["location"]]
    rows["search_record"] = [
        row | {"accessibility": "Ramp", "fees": "Free of charge", "transportation": "Bus 5"}
        for row in rows["search_record"]
    ]
    tables = {
        name: pl.DataFrame(some, infer_schema_length=None) for name, some in rows.items() if name in TABLES
    }

    done = world.run(tables, world.settings("pseudo"))

    words = Words({(r["id"], r["field"], r["locale"]): r["text"] for r in done.frame.iter_rows(named=True)})
    record = rows["search_record"][0]
    for owner, field, column in (
        ("service_id", "description", "service_description"),
        ("service_id", "fees_description", "fees"),
        ("service_at_location_id", "schedule", "schedule"),
        ("location_id", "accessibility", "accessibility"),
        ("location_id", "transportation", "transportation"),
        ("organization_id", "description", "organization_description"),
    ):
        source = record[column]
        assert words.say("es", record[owner], field, source).startswith("[es] "), field
    name = record["display_name"]
    assert words.say("es", record["service_at_location_id"], "display_name", name) == name
    assert done.report.waiting == {}


def test_the_report_as_plain_values(world: World) -> None:
    done = world.run(services(a="Meals", b="Meals"), world.settings("deepl"))

    assert done.report.summary() == {
        "rows": 2,
        "by_origin": {"human": 0, "source": 0, "machine": 2},
        "from_cache": 0,
        "kept": 0,
        "waiting": 0,
        "waiting_by_locale": {},
        "refused": 0,
        "unchanged": 0,
        "stale_overrides": 0,
        "unused_overrides": 0,
        "money": 0.000125,
        "calls": {"deepl": 1},
        "characters": {"deepl": 5},
        "providers": {"deepl": "ok"},
        "purged": 0,
    }
