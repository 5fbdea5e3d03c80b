"""Two days of the sample tenants that read an API: from the vendors' servers to published packages."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

import pytest

from dagster_ingest.settings import Settings
from dagster_ingest.testing import sample, vendors
from dagster_ingest.testing.canaries import find_tokens
from dagster_ingest.testing.sample import apis
from dagster_ingest.testing.sample.icarol_api import LIKE
from dagster_ingest.testing.sample.icarol_traits import TRAITS
from dagster_ingest.testing.sample.plan import API_FEEDS
from tests.e2e.conftest import ROOT, Day, World, run_day
from tests.e2e.test_sample_tenants import PIEDMONT, agencies, rows, source_ids, withdrawn

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class ApiDays:
    """world: as day two left it; its vendors have gone."""

    world: World
    one: Day
    two: Day
    read: dict[tuple[str, int], int]
    """(tenant, day) to the rows that were read."""


@pytest.fixture(scope="module")
def days(tmp_path_factory, parsed_projects) -> ApiDays:
    folder = tmp_path_factory.mktemp("apis")
    with vendors.Vendors(0) as serving:
        serving.install(folder / "tenants")
        shutil.copytree(parsed_projects, folder / "home" / "target")
        settings = Settings.load(
            root=ROOT, home=folder / "home", tenants_dir=folder / "tenants", tenants=(), secrets="env"
        )
        world, made, read = World(settings, vendors.KEYS), [], {}
        for number in (1, 2):
            serving.show(number)
            canaries = [c for tenant in apis.TENANTS for c in apis.held(tenant, number).canaries]
            manifest = sample.Manifest(number, (), tuple(canaries))
            made.append(run_day(world, folder, number, manifest))
            for feed in API_FEEDS:
                read[feed.tenant, number] = world.story(feed.tenant, feed.state).rows_read
    return ApiDays(world, *made, read)


@pytest.fixture(params=[1, 2], ids=["day one", "day two"])
def day(request, days) -> Day:
    return {1: days.one, 2: days.two}[request.param]


def needles(canaries) -> set[str]:
    return {needle for canary in canaries for needle in canary.needles}


def test_both_days_load_and_publish_everything(day):
    assert day.run.returncode == 0, day.run.stdout + day.run.stderr
    assert {feed.tenant for feed in API_FEEDS} == {path.name for path in day.published.iterdir()}


def test_no_published_store_and_no_stage_holds_a_private_value(day):
    private = day.manifest.private_on(day.number)

    assert {canary.tenant for canary in private} == set(apis.TENANTS)
    assert find_tokens(day.published, needles(private)) == []
    assert find_tokens(day.texts, needles(private)) == []


def test_what_turns_private_on_day_two_was_public_on_day_one(days):
    turned = [canary for canary in days.one.manifest.canaries if canary.from_day == 2]
    seen = {token for token, _ in find_tokens(days.one.published, needles(turned))}
    shown = [canary for canary in turned if seen & set(canary.needles)]

    assert {(c.tenant, c.cls) for c in shown} == {(c.tenant, c.cls) for c in turned}
    assert len(shown) > 0.8 * len(turned)


def test_an_hsds_api_publishes_what_a_package_of_the_same_families_does(day):
    """The roles are those of piedmont: the counts that are told there by hand."""
    found = rows(day.package("northstar", "MN"))

    assert {name: found[name] for name in PIEDMONT[day.number]} == PIEDMONT[day.number]


def test_both_shapes_of_the_icarol_api_publish_the_same_counts(day):
    """The families play the same roles; phones and documents are dealt to them by chance."""
    newer, older = (rows(day.package(*at)) for at in (("lakeshore", "MI"), ("tidewater", "VA")))
    dealt = {"phone", "required_document"}

    assert {n: c for n, c in newer.items() if n not in dealt} == {
        n: c for n, c in older.items() if n not in dealt
    }
    assert newer["service"] == {1: 30, 2: 27}[day.number]
    assert newer["contact"] == 0


@pytest.mark.parametrize("tenant", ["lakeshore", "tidewater"])
def test_icarol_is_asked_for_the_details_of_changes_alone_on_day_two(days, tenant):
    assert days.read[tenant, 1] == len(apis.held(tenant, 1).records)
    assert 0 < days.read[tenant, 2] < days.read[tenant, 1] / 4


@pytest.mark.parametrize("feed", API_FEEDS, ids=lambda feed: feed.tenant)
def test_what_an_api_no_longer_shows_is_gone_on_day_two(days, feed):
    """The read is incremental, and yet what was removed, excluded or made inactive leaves the package."""
    leaving = withdrawn(feed, "turn_removed", "organization")
    if feed.tenant != "northstar":
        leaving = agencies(feed, TRAITS[LIKE].roles, "turn_removed", "turn_excluded", "turn_inactive")
    before, after = (
        source_ids(day.package(feed.tenant, feed.state), "organization") for day in (days.one, days.two)
    )

    assert leaving <= before
    assert leaving.isdisjoint(after)


def test_without_its_server_a_tenant_fails_alone_and_shows_what_it_showed(days):
    package = days.world.published("northstar", "MN")
    before = package.resolve()

    run = days.world.command("run", "--tenant", "northstar", **vendors.KEYS)

    assert run.returncode == 1
    assert "Connection refused" in days.world.command("explain", "northstar", "MN").stdout
    assert package.resolve() == before
    assert vendors.KEYS["NORTHSTAR__HSDS_KEY"] not in run.stdout + run.stderr
