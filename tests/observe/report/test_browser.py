"""The report as a person opens it from the disk: both themes, wide and narrow, by mouse and by keyboard.

With DAGSTER_INGEST_PICTURES set to a folder, pictures of the pages are kept there.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from dagster_ingest.observe.report.site import site, write
from tests.observe.report import made
from tests.observe.report.test_site import hostile

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None, reason="no chromium on this machine (Debian: apt-get install chromium)"
    ),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A report of a made-up quarter."""
    place = tmp_path_factory.mktemp("report")
    write(place, site(made.report(8), made.catalog(20, 12)))
    return place


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium, folder):
    """Opens a page of the report: (name, theme, width) to the page. In the end nothing was asked of
    the network, and nothing was complained of."""
    asked: list[str] = []
    said: list[str] = []
    contexts = []

    def open_page(name: str, theme: str = "light", width: int = 1440, place: Path = folder):
        context = chromium.new_context(viewport={"width": width, "height": 1000}, color_scheme=theme)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(120_000)
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
        page.goto(f"{place.as_uri()}/{name}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [url for url in asked if not url.startswith(("file://", "data:"))] == []
    assert said == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_fit_the_screen_and_can_be_read_in_both_themes(opened, theme):
    for width in (1440, 390):
        for name in ("index.html", "tenant-gulf.html", "catalog.html"):
            page = opened(name, theme, width)
            assert page.evaluate("document.documentElement.scrollWidth") == width
            assert _contrast(page, "body") >= 7
            assert _contrast(page, ".lead") >= 4.5
            _picture(page, f"{name.partition('.')[0]}-{theme}-{width}")


def test_the_theme_can_be_switched_and_is_remembered(opened):
    page = opened("index.html", "light")
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")

    page.get_by_role("button", name="Switch between light and dark").click()
    page.reload()

    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_a_cell_of_the_matrix_leads_to_its_explanation(opened):
    page = opened("index.html")

    page.locator(".matrix .cell.blocked").first.focus()
    page.keyboard.press("Enter")

    page.wait_for_url("**/tenant-*.html#*")
    state = page.locator(f"section#{page.url.rpartition('#')[2]}")
    assert state.locator(".explain.blocked pre").inner_text().count("What to do:") == 1


def test_a_chart_is_read_by_keys_and_by_mouse(opened):
    page = opened("tenant-gulf.html")
    figure = page.locator("figure.chart").first
    last = figure.locator("tbody tr").last.locator("td").all_text_contents()

    figure.locator(".plot").focus()
    page.keyboard.press("ArrowRight")
    assert figure.locator(".tip").inner_text().splitlines() == [
        last[0], f"greatest age: {last[1]}", f"SLA: {last[2]}",
    ]  # fmt: skip
    page.keyboard.press("Home")
    assert figure.locator(".tip").inner_text().startswith("2026-06-24")
    figure.locator(".plot").hover()
    assert "2026-08" in figure.locator(".tip").inner_text()


def test_tables_are_sorted_by_a_click(opened):
    page = opened("index.html")
    table = page.locator("section[aria-labelledby=h-assets] table").first
    steps = table.locator("th", has_text="per step")

    steps.get_by_role("button").click()
    steps.get_by_role("button").click()

    assert steps.get_attribute("aria-sort") == "ascending"
    values = [float(v) for v in table.locator("td:nth-child(2)").evaluate_all("t => t.map(e => e.dataset.v)")]
    assert values == sorted(values)


def test_the_catalog_is_searched_by_name_column_and_owner(opened):
    page = opened("catalog.html")
    count = page.locator("#count")
    assert count.inner_text() == "240 of 240 assets, the first 100 shown"

    page.get_by_role("searchbox").fill("gulf/elt")
    assert count.inner_text() == "4 of 240 assets"
    page.get_by_role("searchbox").fill("FIELD_1_4_2")
    assert count.inner_text() == "5 of 240 assets"
    page.get_by_label("Owner", exact=True).select_option("team:capital-data")
    assert count.inner_text() == "1 of 240 assets"
    page.get_by_role("searchbox").fill("no such thing")
    assert count.inner_text() == "0 of 240 assets"


def test_an_asset_opens_with_its_columns_and_leads_to_its_inputs(opened):
    page = opened("catalog.html")
    page.get_by_role("searchbox").fill("gulf/stage/table_008")

    page.locator(".found summary").first.click()

    first = page.locator(".found details").first
    row = first.locator("tbody tr").nth(3).locator("td").all_text_contents()
    assert row[0] == "field_3_8_3"
    assert row[2].strip() == "private"
    assert row[4:] == ["elt/table_008.field_3", "raw/table_008.field_3"]
    first.locator("dd a").first.click()
    assert page.locator(".found details[open] summary .mono").inner_text() == "gulf/elt/table_004"


def test_an_attack_in_any_text_runs_nothing(opened, tmp_path):
    write(tmp_path, site(*hostile()))

    for name in ("index.html", "tenant-gulf.html", "catalog.html"):
        page = opened(name, place=tmp_path)
        if name == "catalog.html":
            page.locator(".found summary").first.click()
            page.get_by_role("searchbox").fill("alert")
        assert page.locator("img").count() == 0
        assert page.locator("script").count() == (2 if name == "catalog.html" else 1)


def test_a_page_prints_without_what_only_a_screen_needs(opened):
    page = opened("index.html", "dark")

    page.emulate_media(media="print")

    assert not page.locator("header.top").is_visible()
    assert page.locator(".matrix").is_visible()


def _contrast(page, selector: str) -> float:
    """Of an element's text with the page behind it, as WCAG counts it."""
    colors = page.evaluate(
        "s => [getComputedStyle(document.querySelector(s)).color,"
        " getComputedStyle(document.body).backgroundColor]",
        selector,
    )
    light, dark = sorted((_luminance(color) for color in colors), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: str) -> float:
    parts = [float(part) / 255 for part in color[color.index("(") + 1 : -1].split(",")[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _picture(page, name: str) -> None:
    folder = os.environ.get("DAGSTER_INGEST_PICTURES")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"))
