"""Cache, budget, glossary, and what stays when a provider does not answer."""

from pathlib import Path

import polars as pl
import pytest

from dagster_ingest.enhance.translation import VOLATILE, Cache
from dagster_ingest.spec.translation_files import Term, TranslationFiles
from dagster_ingest.testing.fake.translators import DEEPL
from dagster_ingest.testing.http import faults
from tests.enhance.hosts import DAY
from tests.enhance.translation.conftest import World, said, services


def test_only_what_changed_is_sent(world: World) -> None:
    settings = world.settings("deepl")
    first = world.run(services(a="Meals", b="Beds"), settings)
    world.clock.at += DAY
    world.booth.heard.clear()

    second = world.run(services(a="Meals", b="Warm beds", c="Meals"), settings)

    assert world.booth.texts() == ["Warm beds"]
    assert said(second) == {"a": "ES MEALS", "b": "ES WARM BEDS", "c": "ES MEALS"}
    assert second.report.from_cache == 2
    assert first.report.purged == 0
    assert second.report.purged == 1


def test_two_runs_over_the_same_differ_in_nothing(world: World) -> None:
    tables, settings = services(a="Meals", b="Beds"), world.settings("deepl")
    first = world.run(tables, settings)
    world.clock.at += DAY
    world.cache_file.unlink()

    second = world.run(tables, settings)

    assert first.frame.drop(VOLATILE).equals(second.frame.drop(VOLATILE))
    assert not first.frame.equals(second.frame)


def test_yesterdays_texts_stay_while_a_provider_is_down(world: World) -> None:
    settings = world.settings("deepl", provider={"attempts": 1})
    first = world.run(services(a="Meals", b="Beds"), settings)
    world.server.script(DEEPL, faults.status(503), times=None)

    second = world.run(services(a="Meals", b="Warm beds"), settings, previous=first.frame)

    assert said(second) == {"a": "ES MEALS"}
    assert (second.report.providers["deepl"].state, second.report.waiting) == ("down", {"es": 1})


def test_the_last_result_stands_in_for_a_cache_that_was_lost(world: World) -> None:
    settings = world.settings("deepl")
    first = world.run(services(a="Meals"), settings)
    world.cache_file.unlink()
    world.clock.at += DAY
    world.booth.heard.clear()

    second = world.run(services(a="Meals"), settings, previous=first.frame)

    assert world.booth.heard == []
    assert second.frame.equals(first.frame)


def test_a_damaged_cache_begins_anew(world: World) -> None:
    world.cache_file.write_bytes(b"not a database, " * 500)

    done = world.run(services(a="Meals"), world.settings("deepl"))

    assert said(done) == {"a": "ES MEALS"}
    assert done.report.rebuilt
    assert [path.name for path in world.folder.iterdir()] == [world.cache_file.name]


def test_another_version_asks_anew_and_the_earlier_text_stays_until_it_answers(world: World) -> None:
    first = world.run(services(a="Meals"), world.settings("deepl"))
    formal = world.settings("deepl", provider={"formality": "prefer_more", "attempts": 1})
    world.server.script(DEEPL, faults.status(500))

    second = world.run(services(a="Meals"), formal, previous=first.frame)
    third = world.run(services(a="Meals"), formal, previous=second.frame)

    assert second.frame.equals(first.frame)
    assert (second.report.kept, second.report.from_cache, second.report.waiting) == (1, 0, {})
    assert third.frame["provider"].to_list() == ["deepl/v2 prefer_more"]


def test_another_host_and_another_code_ask_anew(world: World) -> None:
    usual = world.settings("libretranslate")
    elsewhere = world.settings("libretranslate", provider={"url": world.server.url + "//libre"})
    coded = world.settings("libretranslate", provider={"languages": {"es": "pt-BR"}})
    asked = []
    previous = None

    for settings in (usual, usual, elsewhere, elsewhere, coded, coded, usual):
        done = world.run(services(a="Meals"), settings, previous=previous)
        previous = done.frame
        asked.append(len(world.server.asked))

    assert asked == [1, 1, 2, 2, 3, 3, 3]
    assert done.frame["provider"].to_list() == ["libretranslate/1"]


def test_a_code_of_another_language_asks_nothing_anew(world: World) -> None:
    world.run(services(a="Meals"), world.settings("deepl"))
    coded = world.settings("deepl", provider={"languages": {"fr": "FR"}})

    world.run(services(a="Meals"), coded)

    assert world.server.count(DEEPL) == 1


def test_a_pseudo_text_does_not_outlive_its_provider(world: World) -> None:
    first = world.run(services(a="Meals"), world.settings("pseudo"))
    world.server.script(DEEPL, faults.status(500), times=None)

    second = world.run(
        services(a="Meals"), world.settings("deepl", provider={"attempts": 1}), previous=first.frame
    )

    assert said(first) == {"a": "[es] Meals"}
    assert said(second) == {}


def test_a_text_that_left_the_stage_leaves_the_cache(world: World) -> None:
    settings = world.settings("deepl")
    world.run(services(a="Meals", b="Hidden hollow"), settings)
    assert b"HIDDEN HOLLOW" in world.cache_file.read_bytes()
    world.server.script(DEEPL, faults.status(500), times=None)

    done = world.run(services(a="Meals"), settings)

    assert done.report.purged == 1
    assert b"HIDDEN HOLLOW" not in world.cache_file.read_bytes()


def test_a_text_stays_in_the_cache_while_another_partition_has_it(world: World) -> None:
    settings = world.settings("deepl")
    world.run(services(a="Meals"), settings, scope="prairie/IA")
    world.run(services(z="Meals"), settings, scope="prairie/NE")

    with Cache(world.cache_file, "prairie/IA") as cache:
        assert cache.leave() == 0
    with Cache(world.cache_file, "prairie/NE") as cache:
        assert cache.leave() == 1

    assert world.booth.texts() == ["Meals"]


def test_a_new_term_sends_the_texts_that_have_it(world: World) -> None:
    settings, tables = world.settings("deepl"), services(a="Food pantry open", b="Beds", c="A pantry")
    pantry = Term(term="food pantry", to={"es": "despensa"})
    world.run(tables, settings)
    world.booth.heard.clear()

    done = world.run(tables, settings, files=TranslationFiles(terms=(pantry,)))

    assert world.booth.texts() == ['<span class="notranslate" id="p0">Despensa</span> open']
    assert said(done) == {"a": "ES Despensa OPEN", "b": "ES BEDS", "c": "ES A PANTRY"}
    assert done.frame["glossary"].is_null().to_list() == [False, True, True]


def test_a_term_alone_is_translated_by_the_glossary(world: World) -> None:
    pantry = Term(term="food pantry", to={"es": "despensa"})

    done = world.run(
        services(a="Food pantry"), world.settings("deepl"), files=TranslationFiles(terms=(pantry,))
    )

    assert done.frame.select("text", "origin", "provider").rows() == [("Despensa", "human", "glossary")]
    assert world.server.asked == []


def test_the_budget_ends_midway_and_the_next_run_goes_on(world: World) -> None:
    tables = services(a="12 meals", b="34 meals", c="56 meals")
    settings = world.settings("deepl", budget={"characters": 17})

    first = world.run(tables, settings)
    second = world.run(tables, settings, previous=first.frame)

    assert said(first) == {"a": "ES 12 MEALS", "b": "ES 34 MEALS"}
    assert (first.report.providers["deepl"].state, first.report.waiting) == ("budget", {"es": 1})
    assert "budget" in first.report.troubled["deepl"]
    assert len(said(second)) == 3
    assert (second.report.providers["deepl"].characters, second.report.waiting) == (8, {})


def test_calls_are_bounded_too(world: World) -> None:
    settings = world.settings("deepl", provider={"batch": 1, "workers": 3}, budget={"calls": 2})

    done = world.run(services(a="Meals", b="Beds", c="Baths"), settings)

    assert world.server.count(DEEPL) == 2
    assert (done.report.providers["deepl"].state, done.report.waiting) == ("budget", {"es": 1})


def test_money_is_counted_for_attempts_that_fail_too(world: World) -> None:
    world.server.script(DEEPL, faults.status(500))
    settings = world.settings(
        "deepl", provider={"batch": 1, "price_per_million": 10_000}, budget={"money": 0.2}
    )

    done = world.run(services(a="12 meals", b="34 meals"), settings)

    assert done.report.money == pytest.approx(0.16)
    assert (said(done), done.report.waiting) == ({"a": "ES 12 MEALS"}, {"es": 1})


def test_an_empty_budget_sends_nothing_and_keeps_what_is_there(world: World) -> None:
    first = world.run(services(a="Meals"), world.settings("deepl"))

    second = world.run(
        services(a="Meals", b="Beds"), world.settings("deepl", budget={"money": 0}), previous=first.frame
    )

    assert world.server.count(DEEPL) == 1
    assert (said(second), second.report.waiting) == ({"a": "ES MEALS"}, {"es": 1})


def test_a_translation_that_lost_something_is_not_used_nor_asked_for_each_day(world: World) -> None:
    settings = world.settings("deepl", refused_days=10)
    tables = services(a="Call 563-555-0101", b="Beds")
    world.booth.say = lambda text: "ES LLAME" if "555" in text else text

    first = world.run(tables, settings)
    second = world.run(tables, settings)
    world.clock.at += 11 * DAY
    world.booth.say = lambda text: text
    third = world.run(tables, settings)

    assert (said(first), first.report.refused, first.report.waiting) == ({"b": "ES BEDS"}, 1, {})
    assert second.report.refused == 1
    assert said(third)["a"] == "ES CALL 563-555-0101"
    assert world.server.count(DEEPL) == 2


def test_answers_are_kept_as_they_come(world: World) -> None:
    settings = world.settings("deepl", provider={"batch": 1, "attempts": 1})
    world.server.script(DEEPL, faults.status(500), on=3)
    tables = services(a="Meals", b="Beds", c="Baths", d="Books")

    first, second = world.run(tables, settings), world.run(tables, settings)

    assert (first.report.providers["deepl"].answered, second.report.providers["deepl"].answered) == (2, 2)


def test_many_texts_are_read_from_the_cache(tmp_path: Path, world: World) -> None:
    tables = services(**{f"s{n}": f"Meals {n} a day" for n in range(1201)})
    world.run(tables, world.settings("pseudo"))

    done = world.run(tables, world.settings("pseudo"))

    assert (done.report.from_cache, done.report.providers["pseudo"].state) == (1201, "idle")
    assert done.frame.filter(pl.col("text").str.starts_with("[es] Meals")).height == 1201
