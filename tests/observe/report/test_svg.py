"""The charts: what they draw, and that they say it in words too."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from dagster_ingest.observe.report import svg
from dagster_ingest.observe.report.matrix import Cell, heat_matrix

NAME = "{http://www.w3.org/2000/svg}"
HOSTILE = """<script>alert(1)</script>"' onload="alert(2)"""


def parsed(picture: str) -> ElementTree.Element:
    return ElementTree.fromstring(picture)


def bars(path: str) -> list[float]:
    """Heights of a path of rectangles."""
    return [float(high) for high in re.findall(r"v-([\d.]+)", path)]


def test_stacked_bars_are_as_high_as_their_values():
    series = [svg.Series("a", "s1", [1.0, 2.0]), svg.Series("b", "late", [1.0, None])]

    found = parsed(svg.stacked_bars("Rows", "by day", ["2026-09-01", "2026-09-02"], series))

    first, second = (
        bars(path.get("d", "")) for path in found.findall("path") if path.get("class") in ("s1", "late")
    )
    assert first[1] == pytest.approx(2 * first[0], abs=0.2)
    assert second == pytest.approx([first[0]], abs=0.2)


def test_a_line_shades_what_is_over_its_last_limit_and_nothing_else():
    path, limits = [(0.0, 1.0), (1.0, 5.0), (1.0, 0.0), (2.0, 1.0)], [svg.Limit("SLA", "late", 3.0)]

    over = parsed(svg.line("Age", "of it", ["a", "b"], path, limits, str)).find("path[@class='over']")
    under = parsed(svg.line("Age", "of it", ["a", "b"], path[2:], limits, str)).find("path[@class='over']")

    assert over is not None
    assert over.get("d", "").count("M") == 1
    assert under is None


def test_every_chart_has_a_title_a_description_and_a_label():
    found = parsed(svg.stacked_bars("Rows", "accepted, by day", ["a"], [svg.Series("a", "s1", [1.0])]))

    assert found.findtext("title") == "Rows"
    assert found.findtext("desc") == "accepted, by day"
    assert found.get("aria-label") == "Rows. accepted, by day"
    assert found.get("tabindex") == "0"


def test_a_chart_of_nothing_is_a_chart():
    parsed(svg.stacked_bars("Rows", "", [], []))
    parsed(svg.line("Age", "", ["a"], [], [], str))
    parsed(svg.sparkline("Age", [None, None]))


def test_what_stands_in_a_chart_is_text():
    cell = Cell("late", f"x.html#{HOSTILE}", HOSTILE)
    pictures = [
        svg.stacked_bars(HOSTILE, HOSTILE, [HOSTILE], [svg.Series(HOSTILE, "s1", [1.0])]),
        svg.line(HOSTILE, HOSTILE, [HOSTILE], [(0.0, 1.0)], [svg.Limit(HOSTILE, "late", 1.0)], str),
        svg.sparkline(HOSTILE, [1.0, 2.0]),
        heat_matrix(HOSTILE, HOSTILE, [(HOSTILE, "x.html", {HOSTILE: cell})], [HOSTILE]),
    ]

    for picture in pictures:
        found = list(parsed(picture).iter())
        assert "script" not in {element.tag for element in found}
        assert not any(name.startswith("on") for element in found for name in element.attrib)


def test_a_cell_of_the_matrix_is_a_link_that_says_what_it_is():
    cell = Cell("blocked", "tenant-gulf.html#AL", "gulf AL: blocked, by raw/wellsky_services")

    found = parsed(heat_matrix("Health", "now", [("gulf", "tenant-gulf.html", {"AL": cell})], ["AL", "FL"]))

    [link] = [a for a in found.findall("a") if "cell" in (a.get("class") or "")]
    assert link.get("href") == "tenant-gulf.html#AL"
    assert link.get("aria-label") == "gulf AL: blocked, by raw/wellsky_services"
    assert link.findtext("text") == "✕"
    assert len(found.findall("circle")) == 1


@pytest.mark.parametrize(("value", "top"), [(0, 1), (0.7, 0.8), (1, 1), (1.1, 1.2), (61, 80), (1000, 1000)])
def test_an_axis_ends_at_a_round_number(value, top):
    assert svg.nice_top(value) == pytest.approx(top)
