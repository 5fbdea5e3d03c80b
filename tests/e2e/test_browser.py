"""The Dagster UI as a person opens it: the asset graph, and the checks of a blocked partition.

With DAGSTER_INGEST_PICTURES set to a folder, the two pages are kept there as pictures.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.e2e.dev import dagster_dev

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None, reason="no chromium on this machine (Debian: apt-get install chromium)"
    ),
]


@pytest.fixture
def ui(world):
    """Address of `dagster dev` over an installation in which gulf's AL is blocked."""
    world.deliver(1, "gulf")
    assert world.write("gulf", "AL").success
    world.deliver(2, "gulf")
    assert not world.write("gulf", "AL").success
    with dagster_dev(world) as dev:
        yield dev.address


@pytest.fixture
def page():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
        )
        page = browser.new_page(viewport={"width": 1600, "height": 1000})
        page.set_default_timeout(180_000)
        yield page
        browser.close()


def test_the_graph_and_the_checks_of_a_blocked_partition_can_be_seen(ui, page):
    page.set_viewport_size({"width": 1600, "height": 1600})  # the list draws only what is in view
    page.goto(f"{ui}/locations")
    page.get_by_text("gulf@writers").first.wait_for()
    page.get_by_text("gulf@readers").first.wait_for()
    assert page.get_by_text("Loaded").count() == page.get_by_text("module_name:").count()

    page.set_viewport_size({"width": 1600, "height": 1000})
    page.goto(f"{ui}/asset-groups")
    for tenant in ("gulf", "keystone", "prairie"):
        page.get_by_text(tenant, exact=True).first.wait_for()

    page.goto(f"{ui}/assets/gulf/raw/wellsky_services?view=lineage&lineageScope=downstream")
    for table in ("wellsky_services", "taxonomy_term", "required_document"):
        page.get_by_text(table).first.wait_for()
    _picture(page, "graph")

    page.goto(f"{ui}/assets/gulf/raw/wellsky_services?view=checks")
    page.get_by_text("blocked: 38 of 80 rows").first.wait_for()
    assert page.get_by_text("Failed").count() > 0
    assert page.get_by_text("AL", exact=True).count() > 0
    for command in ("quarantine list --tenant gulf", "quarantine replay gulf wellsky_services --state AL"):
        page.get_by_text(command).first.wait_for()
    _plotted(page, "rows_rejected")
    _picture(page, "checks")
    page.get_by_text("[Show Markdown]").first.click()
    shown = page.get_by_role("dialog").locator("table")
    shown.get_by_text("ORGANIZATION_ID|foreign_key").wait_for()
    assert shown.get_by_text("gulf/al/brevservices_").count() > 2  # file and row of each sample

    page.goto(f"{ui}/assets/gulf/raw/wellsky_services?view=overview")
    page.get_by_text("Id of the service at this location.").wait_for()  # descriptions of the contract
    for text in (
        "non-nullable",
        "private",
        "gulf-data",
        "resources@gulf.example",
        "cost/cost_center: cc-400",
    ):
        assert page.get_by_text(text).count() > 0, text
    for file in ("gulf/tenant.yaml", "services.odcs.yaml"):  # an editor opens them at the line
        page.locator(f'a[href*="{file}"]').first.wait_for()
    _picture(page, "asset")
    page.get_by_role("button", name="Plots").click()
    _plotted(page, "rows_accepted")

    page.goto(f"{ui}/assets/gulf/published/hsds_package?view=overview")
    page.get_by_text("Fails if more than 2 days since last materialization").wait_for()


def _plotted(page, number: str) -> None:
    """There is a chart of the numbers of that name."""
    page.get_by_text(number, exact=True).last.wait_for()
    page.locator("canvas").first.wait_for(state="attached")


def _picture(page, name: str) -> None:
    folder = os.environ.get("DAGSTER_INGEST_PICTURES")
    if folder:
        page.wait_for_timeout(4000)  # the graph's layout settles after its nodes are there
        page.screenshot(path=str(Path(folder) / f"{name}.png"))
