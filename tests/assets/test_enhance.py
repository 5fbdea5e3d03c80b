"""Enhanced assets between stage and readers: real runs, a geocoder on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import dagster as dg
import pytest

from dagster_ingest import pace
from dagster_ingest.assets import demand, enhance, enhance_areas, enhance_geocoding, enhance_translation
from dagster_ingest.assets.raw import run_source
from dagster_ingest.assets.stories import story
from dagster_ingest.clock import utc
from dagster_ingest.enhance.translation.cache import Cache, Kept
from dagster_ingest.errors import Unavailable
from dagster_ingest.observe.explain import explain
from dagster_ingest.publish.documents.tables import Tables
from dagster_ingest.publish.documents.words import Words
from dagster_ingest.testing.fake.geocoders import PELIAS, Spot, Town
from dagster_ingest.testing.fake.translators import KEY, LIBRE, Booth
from dagster_ingest.testing.http import Answer, FakeServer
from tests.assets.enhancing import QUIET, Shop, installed, town

SPOTS = {"101 MAIN ST": Spot(27.95, -82.457), "202 OAK AVE": Spot(27.948, -82.46)}
MAIN, OAK = {"key": "main", "street": "101 Main Street"}, {"key": "oak", "street": "202 Oak Avenue"}
ZIP = (27.9, 28.0)  # latitudes between which the middle of 33602 lies
ALL = "{geocoding: {}, areas: {}}"


@pytest.fixture
def shop(tmp_path, parsed_projects) -> Iterator[Shop]:
    pace.forget()
    (tmp_path / "instance").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "instance")) as instance:
        yield installed(tmp_path, parsed_projects, instance)


@pytest.fixture
def streets() -> Iterator[tuple[FakeServer, Town]]:
    with FakeServer() as server:
        known = Town(SPOTS)
        known.serve(server)
        yield server, known


def pelias(server: FakeServer, **more: object) -> str:
    provider = {"provider": "pelias", "url": server.url, "attempts": 1, "per_second": 1000, **more}
    return json.dumps({"geocoding": {"providers": [provider]}})


def down(server: FakeServer) -> None:
    server.route(PELIAS, lambda asked: Answer(503, b"down"))


def test_readers_get_points_and_outlines_by_id(shop):
    shop.asks(ALL)
    area = {"id": "area", "name": "Hillsborough County"}
    shop.stage(town(MAIN, {"key": "own", "street": "9 Elm St", "point": (27.951, -82.458)}, areas=[area]))

    assert shop.enhance()

    shown = shop.shown("location")
    assert ZIP[0] < shown["l-main"]["latitude"] < ZIP[1]
    assert shown["l-main"]["point_precision"] == "zip"
    assert (shown["l-own"]["latitude"], shown["l-own"]["point_precision"]) == (27.951, "source")
    assert shop.shown("search_record")["r-main"]["latitude"] == shown["l-main"]["latitude"]
    drawn = shop.shown("service_area")["area"]
    assert drawn["extent_type"] == "geojson"
    assert json.loads(drawn["extent"])["type"] in ("Polygon", "MultiPolygon")


def test_a_tenant_that_asks_for_nothing_is_read_as_staged(shop):
    shop.asks("{areas: {enabled: false}}")
    shop.stage(town(MAIN))

    assert shop.gate().open
    assert shop.shown("location")["l-main"]["latitude"] is None
    assert "point_precision" not in shop.shown("location")["l-main"]


def test_the_middle_of_a_zip_code_is_no_pin_for_an_address_without_a_street(shop):
    shop.asks("{geocoding: {}}")
    rows = town(MAIN, {"key": "safe", "street": "x"})
    rows["address"][1]["address_1"] = None  # the city and the ZIP code are public, the street is not
    shop.stage(rows)

    assert shop.enhance()

    assert shop.rows("location")["l-safe"]["precision"] == "zip"
    assert shop.shown("location")["l-safe"]["latitude"] is None
    assert shop.shown("location")["l-safe"]["point_precision"] is None


def test_readers_wait_until_the_enhanced_tables_are_up_to_date(shop):
    shop.asks("{geocoding: {}}")
    shop.stage(town(MAIN))
    before = shop.gate()
    shop.enhance()
    between = shop.gate()
    shop.stage(town(MAIN, OAK))
    after = shop.gate()

    assert "enhanced.location" in before.reason()
    assert between.open
    assert not after.open
    assert "enhanced.location" in after.reason()


def test_unchanged_input_costs_no_call_and_no_event(shop, streets):
    server, known = streets
    shop.asks(pelias(server))
    shop.stage(town(MAIN, OAK))
    assert shop.enhance()
    first, asked = shop.event("location"), len(known.seen)

    assert shop.enhance()

    assert asked == 2
    assert len(known.seen) == asked
    assert shop.event("location") == first
    assert first is not None
    assert (first.metadata["calls"], first.metadata["rows_written"]) == (2, 2)


def test_only_the_new_address_is_sent(shop, streets):
    server, known = streets
    shop.asks(pelias(server))
    shop.stage(town(MAIN))
    shop.enhance()
    known.seen.clear()
    shop.stage(town(MAIN, OAK))

    assert shop.enhance()

    assert known.seen == ["202 OAK AVE"]


def test_a_provider_that_is_down_leaves_yesterdays_points_and_publishing_goes_on(shop, streets):
    server, _ = streets
    shop.asks(pelias(server))
    shop.stage(town(MAIN))
    assert shop.enhance()
    assert shop.publish()
    down(server)
    shop.stage(town(MAIN, OAK))

    assert shop.enhance()

    warned = shop.check("location", "provider")
    assert warned is not None
    assert (warned.passed, warned.severe) == (False, False)
    assert "503" in (warned.description or "")
    assert shop.shown("location")["l-main"]["latitude"] == SPOTS["101 MAIN ST"].lat
    assert shop.shown("location")["l-oak"]["point_precision"] == "zip"
    assert shop.publish()
    assert b"l-oak" in shop.package()


def test_what_waits_is_asked_for_again_although_nothing_changed(shop, streets):
    server, known = streets
    shop.asks(pelias(server))
    shop.stage(town(MAIN))
    down(server)
    shop.enhance()
    known.serve(server)

    assert shop.enhance()

    assert shop.shown("location")["l-main"]["point_precision"] == "street"
    passed = shop.check("location", "provider")
    assert passed is not None
    assert passed.passed


def test_a_spent_budget_warns_and_leaves_the_rest_for_the_next_run(shop, streets):
    server, known = streets
    asked = json.loads(pelias(server))
    asked["geocoding"]["budget"] = {"lookups": 1}
    shop.asks(json.dumps(asked))
    shop.stage(town(MAIN, OAK))

    assert shop.enhance()
    warned = shop.check("location", "provider")
    assert shop.enhance()

    assert warned is not None
    assert not warned.passed
    assert sorted(known.seen) == sorted(SPOTS)
    assert {row["precision"] for row in shop.rows("location").values()} == {"street"}


def test_what_turns_private_is_nowhere_on_the_next_day(shop, streets):
    server, _ = streets
    shop.asks(pelias(server))
    shop.stage(town(MAIN, OAK))
    shop.enhance()
    shop.publish()
    point = str(SPOTS["202 OAK AVE"].lat).encode()
    assert point in shop.package()
    key = shop.rows("location")["l-oak"]["address_key"]

    shop.stage(town(MAIN, OAK | {"street": None}))
    assert shop.enhance()
    assert shop.publish()

    row = shop.rows("location")["l-oak"]
    assert (row["latitude"], row["precision"], row["address_key"]) == (None, "none", None)
    assert shop.shown("location")["l-oak"]["latitude"] is None
    assert point not in shop.package()
    cache = shop.settings.work / "enhance" / "geocoding.sqlite"
    assert key.encode() not in cache.read_bytes()


def begin_writing(shop, state="FL"):
    """What a writer's run does before it loads anything."""
    platform = shop.platform
    source = replace(platform.spec.sources[0], tables=())

    @dg.asset(partitions_def=dg.StaticPartitionsDefinition(["FL", "AL"]))
    def begins(context):
        assert list(run_source(context, platform, source)) == []

    assert dg.materialize([begins], partition_key=state, instance=shop.instance, run_config=QUIET).success


def test_rows_of_a_part_that_is_disabled_go_when_the_states_next_run_begins(shop):
    shop.asks(ALL)
    for state in ("FL", "AL"):
        shop.stage(town(MAIN), state)
        assert shop.enhance(state)
    shop.asks("{geocoding: {enabled: false}, areas: {}}")

    begin_writing(shop)

    made = {(v.table, v.state) for v in shop.platform.landing.versions() if v.layer == "enhanced"}
    assert made == {("service_area", "FL"), ("location", "AL"), ("service_area", "AL")}
    assert len(shop.platform.landing.read("enhanced", "location", None)) == 1
    assert shop.gate().open


def test_texts_of_those_that_left_are_gone_from_the_cache_when_a_run_begins(shop):
    path = enhance_translation.cache_file(shop.settings.work)
    scopes = ("gulf/FL", "gulf/AL", "gulf/GA", "prairie/IA", "left/OH")
    for scope in scopes:
        with Cache(path, scope) as cache:
            cache.hold([scope])
            cache.put("deepl", "v2", {scope: Kept(f"ES {scope}", utc())})
    (shop.settings.tenants_dir / "prairie").mkdir()
    (shop.settings.tenants_dir / "prairie" / "tenant.yaml").touch()

    def kept() -> list[str]:
        return [scope for scope in scopes if f"ES {scope}".encode() in path.read_bytes()]

    shop.asks("{translation: {" + PSEUDO + "}}")
    begin_writing(shop)
    asked = kept()
    shop.asks("{geocoding: {}}")
    begin_writing(shop)

    assert asked == ["gulf/FL", "gulf/AL", "prairie/IA"]
    assert kept() == ["prairie/IA"]


def test_a_record_that_is_gone_from_the_stage_is_gone_from_the_enhanced_table(shop):
    shop.asks(ALL)
    shop.stage(town(MAIN, OAK))
    shop.enhance()
    shop.stage(town(MAIN))
    shop.enhance()

    assert set(shop.rows("location")) == {"l-main"}


def test_an_error_of_ours_fails_that_table_in_that_state_and_readers_wait_with_a_reason(shop, monkeypatch):
    shop.asks(ALL)
    for state in ("FL", "AL"):
        shop.stage(town(MAIN), state)
    assert shop.enhance("AL")

    def broken(work):
        raise ZeroDivisionError("a mistake of ours")

    with monkeypatch.context() as patch:
        patch.setattr(enhance_geocoding, "GEOCODING", _with(enhance_geocoding.GEOCODING, broken))
        failed = shop.enhance("FL")

    assert not failed
    assert shop.event("location", "FL") is None
    assert shop.event("service_area", "FL") is not None
    assert "blocked upstream by gulf/enhanced/location (enhanced)" in shop.gate("FL").reason()
    check = shop.check("location", "enhanced", "FL")
    assert check is not None
    assert "a mistake of ours" in (check.description or "")
    assert shop.gate("AL").open
    assert shop.publish("AL")
    assert not shop.publish("FL")

    assert shop.enhance("FL")
    assert shop.gate("FL").open


def test_a_failure_tells_no_verdict_that_the_run_does_not_ask_for(shop, monkeypatch):
    shop.asks("{geocoding: {}}")
    shop.stage(town(MAIN))
    monkeypatch.setattr(enhance_geocoding, "GEOCODING", _with(enhance_geocoding.GEOCODING, _unavailable))
    assets = enhance.enhanced_assets(shop.platform, dg.StaticPartitionsDefinition(["FL", "AL"]))

    done = dg.materialize(
        assets,
        partition_key="FL",
        instance=shop.instance,
        run_config=QUIET,
        selection=dg.AssetSelection.assets(*assets).without_checks(),
        raise_on_error=False,
    )

    assert done.success  # a verdict that nobody asked for is an error of Dagster's
    assert shop.event("location") is None
    assert shop.check("location", "enhanced") is None


def test_explain_tells_what_failed_and_what_to_do(shop, monkeypatch):
    shop.asks("{geocoding: {}}")
    shop.stage(town(MAIN))
    with monkeypatch.context() as patch:
        patch.setattr(enhance_geocoding, "GEOCODING", _with(enhance_geocoding.GEOCODING, _unavailable))
        shop.enhance()

    told = story(shop.instance, shop.platform, "FL")
    words = explain(told, told.blockers[0].since + 60)

    assert told.health == "blocked"
    assert "an enhancement of its latest delivery failed" in words
    assert "enhanced/location, check 'enhanced'" in words
    assert "the file is locked" in words
    assert "dagster-ingest run --tenant gulf --state FL --retry" in words


def test_a_locale_that_no_provider_is_asked_for_waits_for_nobody(shop, streets, monkeypatch):
    server, _ = streets
    monkeypatch.setenv("GULF__TRANSLATE_KEY", KEY)
    provider = {"provider": "libretranslate", "url": server.url + "/libre", "attempts": 1}
    provider |= {"key": {"secret": "TRANSLATE_KEY"}, "locales": ["es"]}
    shop.asks(json.dumps({"translation": {"providers": [provider]}}), locales="[en, es, fr]")
    rows = town(MAIN)
    rows["service"][0]["description"] = "Hot meals"
    shop.stage(rows)
    server.route(LIBRE, lambda asked: Answer(503, b"down"))
    assert shop.enhance()
    first = shop.check("translation", "provider")
    Booth().serve(server)

    assert shop.enhance()
    event, calls = shop.event("translation"), len(server.asked)
    assert shop.enhance()

    assert first is not None
    assert (first.passed, first.severe) == (False, False)
    texts = {row["translation_id"]: row["text"] for row in shop.partition().table("translation").to_pylist()}
    assert "service/s-main/description/es" in texts
    assert "service/s-main/description/fr" not in texts
    assert (shop.event("translation"), len(server.asked)) == (event, calls)


def test_a_failure_after_which_the_input_is_as_it_was_is_mended_by_the_next_run(shop, monkeypatch):
    shop.asks("{geocoding: {}}")
    shop.stage(town(MAIN))
    shop.enhance()
    shop.stage(town(MAIN, OAK))
    with monkeypatch.context() as patch:
        patch.setattr(enhance_geocoding, "GEOCODING", _with(enhance_geocoding.GEOCODING, _unavailable))
        assert not shop.enhance()
    shop.stage(town(MAIN))

    assert not shop.gate().open
    assert shop.enhance()
    assert shop.gate().open


def test_points_that_cannot_be_right_are_told_and_not_published(shop):
    shop.asks("{geocoding: {centroids: false}}")
    swapped = {"key": "swapped", "street": "1 Bay St", "point": (-82.457, 27.95)}
    shop.stage(town(swapped, {"key": "zero", "street": "2 Bay St", "point": (0.0, 0.0)}))

    assert shop.enhance()

    found = shop.check("location", "plausible")
    assert found is not None
    assert (found.passed, found.severe) == (False, False)
    assert "swapped, zero" in (found.description or "")
    assert "l-swapped" in found.metadata["points"]
    assert "27.95" not in found.metadata["points"]
    assert "82.457" not in found.metadata["points"]
    assert {row["latitude"] for row in shop.shown("location").values()} == {None}


PSEUDO = "providers: [{provider: pseudo}]"


def test_texts_in_other_locales_are_laid_beside_the_stage(shop):
    shop.asks("{translation: {" + PSEUDO + "}}", locales="[en, es]")
    rows = town(MAIN)
    rows["service"][0]["description"] = "Hot meals"
    shop.stage(rows)

    assert shop.enhance()

    found = shop.partition().table("translation").to_pylist()
    [told] = [row for row in found if (row["id"], row["field"]) == ("s-main", "description")]
    assert (told["locale"], told["text"], told["provider"]) == ("es", "[es] Hot meals", "pseudo/1")
    event = shop.event("translation")
    assert event is not None
    assert event.metadata["rows_written"] == len(found)
    assert (event.metadata["calls"], event.metadata["money"]) == (0, 0)  # it is offline
    assert shop.enhance()
    assert shop.event("translation") == event


def spanish(field: str, text: str) -> dict[str, str]:
    """What the source says in Spanish of the service."""
    key = {"entity": "service", "id": "s-main", "field": field, "locale": "es"}
    return {"translation_id": "/".join(key.values()), **key, "text": text}


def test_the_sources_own_texts_are_shown_where_nothing_is_translated(shop):
    shop.asks("{}", locales="[en, es]")
    shop.stage(town(MAIN) | {"translation": [spanish("name", "Comida")]})

    partition = shop.partition()

    [told] = partition.table("translation").to_pylist()
    assert "translation" in partition.entities
    assert told | spanish("name", "Comida") == told
    words = Words.of(Tables(partition).groups("translation", "id", ["s-main"]), set())
    assert words.say("es", "s-main", "name", "Food main") == "Comida"
    assert words.say("en", "s-main", "name", "Food main") == "Food main"


def test_the_sources_own_texts_come_before_a_machines(shop):
    shop.asks("{translation: {" + PSEUDO + "}}", locales="[en, es]")
    rows = town(MAIN) | {"translation": [spanish("description", "Comidas calientes")]}
    rows["service"][0] |= {"description": "Hot meals", "eligibility_description": "Anybody"}
    shop.stage(rows)

    assert shop.enhance()

    found = {
        row["field"]: row
        for row in shop.partition().table("translation").to_pylist()
        if row["id"] == "s-main"
    }
    assert (found["description"]["text"], found["description"]["origin"]) == ("Comidas calientes", "source")
    assert (found["eligibility_description"]["text"], found["eligibility_description"]["origin"]) == (
        "[es] Anybody",
        "machine",
    )


def test_another_text_by_a_person_makes_the_table_anew(shop):
    shop.asks("{translation: {overrides: words.csv, " + PSEUDO + "}}", locales="[en, es]")
    file = shop.settings.tenants_dir / "gulf" / "words.csv"
    file.write_text("entity,id,field,locale,text\nservice,s-main,description,es,Comidas\n")
    rows = town(MAIN)
    rows["service"][0]["description"] = "Hot meals"
    shop.stage(rows)
    assert shop.enhance()
    before = shop.partition().version

    file.write_text("entity,id,field,locale,text\nservice,s-main,description,es,Comidas calientes\n")

    assert "enhanced.translation" in shop.gate().reason()
    assert shop.enhance()
    texts = {row["translation_id"]: row["text"] for row in shop.partition().table("translation").to_pylist()}
    assert texts["service/s-main/description/es"] == "Comidas calientes"
    assert shop.partition().version != before


def test_an_override_of_a_text_that_is_gone_is_told(shop):
    shop.asks("{translation: {overrides: words.csv}}", locales="[en, es]")
    file = shop.settings.tenants_dir / "gulf" / "words.csv"
    file.write_text("entity,id,field,locale,text\nservice,s-gone,description,es,Comidas\n")
    shop.stage(town(MAIN))

    assert shop.enhance()

    found = shop.check("translation", "overrides")
    assert found is not None
    assert (found.passed, found.severe) == (False, False)
    assert "s-gone" in found.metadata["texts"]


def test_areas_that_name_nothing_are_listed(shop):
    shop.asks("{areas: {}}")
    shop.stage(town(MAIN, areas=[{"id": "a", "name": "Tampa"}, {"id": "b", "name": "Our whole parish"}]))

    assert shop.enhance()

    found = shop.check("service_area", "resolved")
    assert found is not None
    assert (found.passed, found.severe) == (False, False)
    assert "Our whole parish" in found.metadata["texts"]
    event = shop.event("service_area")
    assert event is not None
    assert "Our whole parish" in event.metadata["unresolved_texts"]
    assert shop.shown("service_area")["b"]["extent"] is None


def test_another_setting_makes_the_table_anew(shop):
    shop.asks("{geocoding: {}}")
    shop.stage(town(MAIN))
    shop.enhance()
    shop.asks("{geocoding: {centroids: false}}")

    assert not shop.gate().open
    assert shop.enhance()
    assert shop.shown("location")["l-main"]["latitude"] is None


def test_an_answer_is_asked_for_again_when_it_is_old(shop, streets, monkeypatch):
    server, _ = streets
    shop.asks(pelias(server, refresh_days=20))
    shop.stage(town(MAIN))
    shop.enhance()
    first, platform = shop.event("location"), shop.platform
    now = utc()

    def looked_at(days: int) -> frozenset[tuple[str, str]]:
        monkeypatch.setattr(demand, "utc", lambda: now + timedelta(days=days))
        return demand.unsettled(shop.instance, platform, "FL", platform.versions("FL"))

    assert looked_at(19) == frozenset()
    assert looked_at(20) == {("enhanced", "location")}
    assert shop.enhance()
    assert shop.event("location") != first


def test_assets_carry_owners_kinds_tags_and_the_line_of_the_tenant_file(shop):
    shop.asks(ALL)
    platform = shop.platform
    states = dg.StaticPartitionsDefinition(["FL", "AL"])
    specs = {s.key.path[-1]: s for a in enhance.enhanced_assets(platform, states) for s in a.specs}

    assert set(specs) == {"location", "service_area"}
    location = specs["location"]
    assert location.group_name == "gulf/enhanced"
    assert location.owners == ["team:gulf-data", "resources@gulf.example"]
    assert location.kinds == {"duckdb", "geocoding"}
    assert {tuple(dep.asset_key.path[1:]) for dep in location.deps} == {
        ("stage", "location"),
        ("stage", "address"),
    }
    [reference] = location.metadata["dagster/code_references"].code_references
    line = (
        shop.settings.tenants_dir.joinpath("gulf/tenant.yaml")
        .read_text()
        .split("\n")[reference.line_number - 1]
    )
    assert line.startswith("enhance:")
    assert enhance_areas.AREAS.checks.keys() == {"resolved"}


def _with(part, make):
    return replace(part, make=make)


def _unavailable(work):
    raise Unavailable("the file is locked", not_done="nothing was made")
