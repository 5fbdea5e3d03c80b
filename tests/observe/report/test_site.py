"""The pages as files: nothing from elsewhere, nothing of what tenants wrote is markup."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from dagster_ingest.errors import IngestError
from dagster_ingest.observe.explain import explain
from dagster_ingest.observe.report.site import as_data, page_of, site, write
from dagster_ingest.observe.report.values import Failing, Report, TenantView
from tests.observe.report import made

HOSTILE = """</script><script>alert(1)</script><img src=x onerror=alert(2)>'"` onload=alert(3) javascript:"""
VOID = {"meta", "link", "br", "input", "img", "hr"}


class Page(HTMLParser):
    """Elements as (tag, attributes), the text of scripts, and whether every element is closed."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag, self.getpos()

    def handle_data(self, data) -> None:
        (self.scripts if self.open and self.open[-1] == "script" else self.texts).append(data)

    def links(self) -> list[str]:
        names = ("href", "src", "action", "data", "srcset", "poster", "xlink:href")
        return [attrs[name] or "" for _, attrs in self.elements for name in names if name in attrs]


def hostile() -> tuple[Report, object]:
    """Every text that comes from a tenant, a source or an error is an attack."""
    view = made.state_view(random.Random(3), "gulf", "FL")
    blocker = made.blocker("gulf", "FL", made.NOW - 9000, text=HOSTILE)
    blocker = replace(
        blocker,
        asset=HOSTILE,
        check=HOSTILE,
        files=(HOSTILE,),
        stops=(HOSTILE,),
        hash="9f",
        raw_table=HOSTILE,
    )
    story = replace(
        view.story, display_name=HOSTILE, owners=(HOSTILE,), blockers=(blocker,), health="blocked"
    )
    view = replace(view, story=story, text=explain(story, made.NOW))
    tenant = TenantView("gulf", HOSTILE, HOSTILE, (HOSTILE,), (view,), 4, 1)
    failing = (Failing("gulf", HOSTILE, HOSTILE, 3, ("FL",), made.NOW - 60, HOSTILE),)
    whole = made.report(2)
    contracts = tuple(replace(one, contract=HOSTILE, version=HOSTILE) for one in whole.contracts)
    costs = replace(whole.costs, by_owner=tuple(replace(o, key=(HOSTILE,)) for o in whole.costs.by_owner))
    report = replace(
        whole, tenants=(tenant,), failing=failing, contracts=contracts, costs=costs, problems=(HOSTILE,)
    )
    catalog = made.catalog(1)
    assets = tuple(replace(a, description=HOSTILE, owners=(HOSTILE,)) for a in catalog.assets)
    return report, replace(catalog, assets=assets)


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return site(made.report(3), made.catalog(3))


@pytest.fixture(scope="module")
def attacked() -> dict[str, str]:
    return site(*hostile())


def test_there_is_an_index_a_page_for_each_tenant_and_the_catalog(pages):
    assert set(pages) == {
        "index.html", "catalog.html", "tenant-bayside.html", "tenant-capital.html", "tenant-evergreen.html",
    }  # fmt: skip


def test_every_link_leads_into_the_site_and_to_what_is_there(pages):
    marks = {name: {a.get("id") for _, a in Page(text).elements} for name, text in pages.items()}

    for name, text in pages.items():
        for link in Page(text).links():
            if link == "data:,":
                continue
            file, _, mark = link.partition("#")
            assert (file or name) in pages, link
            assert not mark or mark in marks[file or name], link


def test_no_page_asks_anybody_for_anything(pages):
    for text in pages.values():
        page = Page(text)
        policy = next(a["content"] for tag, a in page.elements if a.get("http-equiv"))
        assert policy.startswith("default-src 'none'; ")
        assert "unsafe" not in policy
        assert "http" not in policy
        assert not {tag for tag, _ in page.elements} & {"img", "iframe", "object", "embed", "base", "video"}
        assert "@import" not in text
        assert "url(" not in text


def test_no_attribute_holds_a_script_or_a_style(pages, attacked):
    for text in (*pages.values(), *attacked.values()):
        for _, attrs in Page(text).elements:
            assert not [name for name in attrs if name.startswith("on") or name == "style"]


def test_an_attack_in_any_text_stays_text(attacked):
    for name, text in attacked.items():
        page, harmless = Page(text), Page(site(made.report(2), made.catalog(1))["index.html"])
        assert not [tag for tag, _ in page.elements if tag == "img"], name
        assert len([tag for tag, _ in page.elements if tag == "script"]) == (
            2 if name == "catalog.html" else 1
        )
        assert page.scripts[0] == harmless.scripts[0]
        assert page.open == []
        assert "<script>alert" not in text
        assert all(not link.startswith("javascript:") for link in page.links())
    assert HOSTILE in "".join(Page(attacked["index.html"]).texts)
    assert HOSTILE in "".join(Page(attacked["tenant-gulf.html"]).texts)


def test_the_catalogs_data_is_json_that_cannot_end_its_element(attacked):
    data = Page(attacked["catalog.html"]).scripts[-1]

    assert "<" not in data
    assert HOSTILE in json.loads(data)["pools"]["texts"]
    assert "\u2028" not in as_data('"\u2028"')


def test_headings_labels_and_tables_are_there_for_who_does_not_see(pages):
    for text in pages.values():
        page = Page(text)
        assert [tag for tag, _ in page.elements].count("h1") == 1
        assert next(a for tag, a in page.elements if tag == "html")["lang"] == "en"
        figures = sum(tag == "figure" for tag, _ in page.elements)
        assert sum(tag == "figcaption" for tag, _ in page.elements) == figures
        assert sum(tag == "details" and a.get("class") == "numbers" for tag, a in page.elements) == figures
        for tag, attrs in page.elements:
            if tag == "svg":
                assert attrs.get("aria-label") or attrs.get("aria-hidden") == "true"
            if "scroll" in (attrs.get("class") or "").split():
                assert attrs.get("tabindex") == "0"
                assert attrs.get("aria-label")


def test_the_explanation_of_each_state_is_on_its_tenants_page():
    report = made.report(3)
    pages = site(report)

    for view in report.states:
        assert view.text in "".join(Page(pages[page_of(view.story.tenant)]).texts)


def test_an_installation_without_tenants_or_cost_has_a_report():
    empty = Report(made_at=made.NOW, since=made.NOW - 86_400, tenants=())

    [text] = site(empty).values()

    assert "No cost is summed up yet" in text


def test_pages_are_written_and_those_of_tenants_that_are_gone_removed(tmp_path, pages):
    kept = tmp_path / "tenant-mine.html"
    kept.write_text("<!doctype html><p>somebody's own")
    write(tmp_path, pages)

    size = write(tmp_path, site(made.report(1)))

    assert (tmp_path / "tenant-bayside.html").is_file()
    assert not (tmp_path / "tenant-evergreen.html").exists()
    assert kept.is_file()
    assert size == sum((tmp_path / n).stat().st_size for n in ("index.html", "tenant-bayside.html"))
    assert not list(tmp_path.glob(".*"))


def test_a_file_is_no_place_for_a_report(tmp_path, pages):
    file = tmp_path / "report"
    file.write_text("mine")

    with pytest.raises(IngestError, match="is a file"):
        write(file, pages)


def test_a_name_that_is_no_tenants_makes_no_file():
    with pytest.raises(IngestError):
        page_of("../../etc/passwd")
