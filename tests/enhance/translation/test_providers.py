"""Each provider against its stand-in: what is sent, what comes back, and what goes wrong."""

import pytest

from dagster_ingest import redact
from dagster_ingest.enhance.translation import Translated
from dagster_ingest.enhance.translation.providers.deepl import host_of
from dagster_ingest.testing.fake.translators import AZURE, DEEPL, GOOGLE, KEY, LIBRE
from dagster_ingest.testing.http import faults
from dagster_ingest.testing.http.server import Answer, Fault
from tests.enhance.hosts import DAY, PASSING
from tests.enhance.translation.conftest import PATHS, SPANISH, World, said, services

every = pytest.mark.parametrize("name", PATHS)


@every
def test_a_text_is_translated_and_what_must_stay_stays(world: World, name: str) -> None:
    tables = services(a="Free meals. Call (563) 555-0101 or see <b>https://prairie.example/a?b=1&amp;c</b>.")

    done = world.run(tables, world.settings(name))

    code = SPANISH[name]
    expected = f"{code} FREE MEALS. CALL (563) 555-0101 OR SEE <b>https://prairie.example/a?b=1&amp;c</b>."
    assert said(done) == {"a": expected}
    row = done.frame.row(0, named=True)
    assert (row["entity"], row["field"], row["locale"], row["source_locale"]) == (
        "service",
        "description",
        "es",
        "en",
    )
    assert (row["origin"], row["provider"].split("/")[0]) == ("machine", name)
    report = done.report.providers[name]
    assert (report.state, report.calls, report.answered, report.failed) == ("ok", 1, 1, 0)


def sent(world: World, name: str, **more: object) -> Translated:
    return world.run(services(a="Meals", b="Beds"), world.settings(name, **more))


def test_what_deepl_gets(world: World) -> None:
    sent(world, "deepl", provider={"formality": "prefer_more"})

    (asked,) = world.server.asked
    assert (asked.method, asked.path) == ("POST", DEEPL)
    assert asked.headers["authorization"] == f"DeepL-Auth-Key {KEY}"
    assert asked.json() == {
        "text": ["Meals", "Beds"],
        "source_lang": "EN",
        "target_lang": "ES",
        "tag_handling": "html",
        "formality": "prefer_more",
    }


def test_a_key_of_the_free_plan_goes_to_its_host() -> None:
    assert host_of("0123:fx") == "https://api-free.deepl.com"
    assert host_of("0123") == "https://api.deepl.com"


def test_what_google_gets(world: World) -> None:
    sent(world, "google")

    (asked,) = world.server.asked
    assert (asked.method, asked.path, dict(asked.params)) == ("POST", GOOGLE, {})
    assert asked.headers["x-goog-api-key"] == KEY
    assert asked.json() == {"q": ["Meals", "Beds"], "source": "en", "target": "es", "format": "html"}


def test_what_azure_gets(world: World) -> None:
    sent(world, "azure", provider={"region": "eastus"})

    (asked,) = world.server.asked
    assert (asked.method, asked.path) == ("POST", AZURE)
    assert asked.headers["ocp-apim-subscription-key"] == KEY
    assert asked.headers["ocp-apim-subscription-region"] == "eastus"
    assert asked.params == {"api-version": ["3.0"], "from": ["en"], "to": ["es"], "textType": ["html"]}
    assert asked.json() == [{"Text": "Meals"}, {"Text": "Beds"}]


def test_what_libretranslate_gets(world: World) -> None:
    sent(world, "libretranslate")

    (asked,) = world.server.asked
    assert (asked.method, asked.path) == ("POST", LIBRE)
    assert asked.json() == {
        "q": ["Meals", "Beds"],
        "source": "en",
        "target": "es",
        "format": "html",
        "api_key": KEY,
    }


@pytest.mark.parametrize(
    ("name", "code"),
    [("deepl", "ZH-HANS"), ("google", "zh-CN"), ("azure", "zh-Hans"), ("libretranslate", "zh-Hans")],
)
def test_each_provider_has_its_own_codes(world: World, name: str, code: str) -> None:
    world.run(services(a="Meals"), world.settings(name), locales=("en_us", "zh_hans"))

    (heard,) = world.booth.heard
    assert (heard.source.lower(), heard.target) == ("en", code)


def test_a_code_can_be_told(world: World) -> None:
    settings = world.settings("google", provider={"languages": {"pt_br": "pt-BR"}})

    world.run(services(a="Meals"), settings, locales=("en", "pt_br"))

    assert world.booth.heard[0].target == "pt-BR"


@every
@pytest.mark.parametrize(
    "fault",
    [
        *PASSING.values(),
        lambda asked, handler: Answer.json({"translations": [], "data": None, "translatedText": [7]}),
    ],
    ids=[*PASSING, "shape"],
)
def test_what_passes_is_tried_again(world: World, name: str, fault: Fault) -> None:
    world.server.script(PATHS[name], fault)

    done = world.run(services(a="Meals"), world.settings(name))

    assert said(done) == {"a": f"{SPANISH[name]} MEALS"}
    assert (world.server.count(PATHS[name]), done.report.providers[name].calls) == (2, 2)


def test_the_wait_that_a_provider_asks_for_is_kept(world: World) -> None:
    world.server.script(DEEPL, faults.too_many("7"))

    world.run(services(a="Meals"), world.settings("deepl"))

    assert sum(world.clock.slept) >= 7


@every
@pytest.mark.parametrize("fault", [faults.status(500), faults.too_many(None)], ids=["500", "429"])
def test_a_provider_that_stays_down_stops_after_its_attempts(world: World, name: str, fault: Fault) -> None:
    world.server.script(PATHS[name], fault, times=None)
    tables = services(**{f"s{n}": f"Meals {n} a day" for n in range(9)})

    done = world.run(tables, world.settings(name, provider={"attempts": 2, "batch": 3}))

    assert world.server.count(PATHS[name]) == 2
    assert done.report.providers[name].state == "down"
    assert name in done.report.troubled
    assert (done.frame.height, done.report.waiting) == (0, {"es": 9})


@every
def test_a_silent_provider_counts_as_down(world: World, name: str) -> None:
    world.server.script(PATHS[name], faults.silent(world.server.hold), times=None)

    done = world.run(services(a="Meals"), world.settings(name, provider={"attempts": 1, "timeout": 0.2}))

    assert done.report.providers[name].state == "down"
    assert "in time" in done.report.troubled[name]


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("deepl", Answer.json({"message": "Quota Exceeded"}, 456)),
        (
            "google",
            Answer.json({"error": {"code": 403, "errors": [{"reason": "dailyLimitExceeded"}]}}, 403),
        ),
        ("azure", Answer.json({"error": {"code": 403001, "message": "exceeded its free quota"}}, 403)),
        ("libretranslate", Answer.json({"error": "payment required"}, 402)),
    ],
)
def test_a_quota_that_is_used_up_ends_it_at_once(world: World, name: str, answer: Answer) -> None:
    world.server.script(PATHS[name], lambda asked, handler: answer, times=None)

    done = world.run(services(a="Meals", b="Beds"), world.settings(name, provider={"batch": 1}))

    assert done.report.providers[name].state == "quota"
    assert world.server.count(PATHS[name]) == 1


def test_google_says_too_fast_by_403(world: World) -> None:
    error = {
        "code": 403,
        "errors": [{"reason": "userRateLimitExceeded"}],
        "message": "User Rate Limit Exceeded",
    }
    world.server.script(GOOGLE, lambda asked, handler: Answer.json({"error": error}, 403))

    done = world.run(services(a="Meals"), world.settings("google"))

    assert said(done) == {"a": "es MEALS"}


@every
def test_a_key_that_is_refused_is_told_without_the_key(
    world: World, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    redact.forget()
    caplog.set_level("DEBUG")
    world.server.script(
        PATHS[name], lambda asked, handler: Answer.json({"message": f"bad {KEY}"}, 403), times=None
    )

    done = world.run(services(a="Meals for one"), world.settings(name))

    assert done.report.providers[name].state == "refused"
    assert world.server.count(PATHS[name]) == 1
    told = done.report.troubled[name] + caplog.text + repr(done.report.summary())
    assert "HTTP Request" in told
    assert KEY not in told
    assert "Meals" not in told


@every
def test_texts_go_in_batches_by_number_and_by_size(world: World, name: str) -> None:
    tables = services(**{f"s{n}": f"{'meal ' * 10}{n} a day" for n in range(7)})  # 57 characters each

    done = world.run(tables, world.settings(name, provider={"batch": 5, "batch_characters": 180}))

    assert world.server.count(PATHS[name]) == 3
    report = done.report.providers[name]
    assert (report.answered, report.characters) == (7, 7 * 57)


def test_a_text_that_is_refused_does_not_cost_the_others(world: World) -> None:
    def picky(asked, handler) -> Answer:  # type: ignore[no-untyped-def]
        refused = any("poison" in text for text in asked.json()["text"])
        return Answer.json({"message": "Bad request"}, 400) if refused else handler(asked)

    world.server.script(DEEPL, picky, times=None)
    tables = services(**{f"s{n}": f"Meals {n} a day" for n in range(20)}, x="poison")

    done = world.run(tables, world.settings("deepl"))

    assert len(said(done)) == 20
    report = done.report.providers["deepl"]
    assert (report.state, report.failed, done.report.waiting) == ("ok", 1, {})
    assert done.report.refused == 1
    assert "refuses the request" in done.report.troubled["deepl"]


def test_a_language_that_a_provider_lacks_does_not_cost_the_others(world: World) -> None:
    tables = services(**{f"s{n}": f"Meals {n} a day" for n in range(40)})

    done = world.run(tables, world.settings("deepl"), locales=("en", "so", "es"))

    assert len(said(done)) == 40
    assert done.report.waiting == {"so": 40}
    assert done.report.providers["deepl"].state == "ok"
    assert "refuses the request" in done.report.troubled["deepl"]
    assert world.server.count(DEEPL) < 25


def test_texts_that_are_refused_do_not_keep_the_rest_waiting_for_ever(world: World) -> None:
    def picky(asked, handler) -> Answer:  # type: ignore[no-untyped-def]
        refused = any("poison" in text for text in asked.json()["text"])
        return Answer.json({"message": "Bad request"}, 400) if refused else handler(asked)

    world.server.script(DEEPL, picky, times=None)
    poison = {f"a{n:02}": f"poison {n}" for n in range(12)}  # more than it takes to leave the pair alone
    tables, settings = services(**poison, z="Meals"), world.settings("deepl", refused_days=10)

    first, second, third = (world.run(tables, settings) for _ in range(3))
    asked = world.server.count(DEEPL)
    fourth = world.run(tables, settings)

    assert (said(first), first.report.refused, first.report.waiting) == ({}, 0, {"es": 13})
    assert said(second) == said(third) == {"z": "ES MEALS"}
    assert (third.report.refused, third.report.waiting) == (12, {})
    assert (said(fourth), fourth.report.refused) == ({"z": "ES MEALS"}, 12)
    assert world.server.count(DEEPL) == asked
    world.clock.at += 11 * DAY
    world.run(tables, settings)
    assert world.server.count(DEEPL) > asked


def test_halving_batches_is_no_refusal_of_the_pair(world: World) -> None:
    def picky(asked, handler) -> Answer:  # type: ignore[no-untyped-def]
        refused = sum("poison" in text for text in asked.json()["text"])
        return Answer.json({"message": "Bad request"}, 400) if refused else handler(asked)

    world.server.script(DEEPL, picky, times=None)
    tables = services(
        **{f"a{n}": f"poison {n}" for n in range(6)}, **{f"m{n}": f"Meals {n}" for n in range(40)}
    )

    done = world.run(tables, world.settings("deepl"))

    assert (len(said(done)), done.report.refused, done.report.waiting) == (40, 6, {})


def test_the_second_provider_is_asked_for_what_the_first_does_not_speak(world: World) -> None:
    settings = world.settings("deepl", "google")
    first = settings.providers[0].model_copy(update={"locales": ["es"]})
    settings = settings.model_copy(update={"providers": [first, settings.providers[1]]})

    world.run(services(a="Meals"), settings, locales=("en", "es", "pt_br"))

    assert [(h.provider, h.target) for h in world.booth.heard] == [("deepl", "ES"), ("google", "pt")]


def test_the_second_provider_is_asked_for_what_the_first_could_not(world: World) -> None:
    world.server.script(DEEPL, faults.status(500), times=None)

    done = world.run(services(a="Meals"), world.settings("deepl", "google", provider={"attempts": 1}))

    assert done.frame["provider"].to_list() == ["google/v2"]
    assert (done.report.providers["deepl"].state, done.report.waiting) == ("down", {})


def test_requests_may_be_under_way_at_once(world: World) -> None:
    tables = services(**{f"s{n}": f"Meals {n} a day" for n in range(12)})

    done = world.run(tables, world.settings("azure", provider={"batch": 2, "workers": 4, "per_second": 1000}))

    assert said(done) == {f"s{n}": f"es MEALS {n} A DAY" for n in range(12)}
    assert world.server.count(AZURE) == 6
