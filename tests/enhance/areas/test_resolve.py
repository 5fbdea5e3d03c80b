"""Rows of service_area to a frame and a report."""

import json

import polars as pl
import shapely

from dagster_ingest.enhance.areas import outline, resolve
from dagster_ingest.enhance.areas.resolve import Unresolved

SQUARE = "POLYGON ((-93.7 41.5, -93.5 41.5, -93.5 41.7, -93.7 41.7, -93.7 41.5))"


def rows(*found: tuple[str, str | None, str | None, str | None, str]) -> pl.DataFrame:
    names = ("id", "name", "description", "extent", "_state")
    return pl.DataFrame(found, schema=dict.fromkeys(names, pl.String), orient="row")


def test_each_row_keeps_its_place_and_its_outline() -> None:
    done = resolve(
        rows(
            ("1", "Polk County", "IA - Polk County", None, "IA"),
            ("2", "50309", "Postal code", None, "IA"),
            ("3", "Gotham County", "County", None, "IA"),
            ("4", None, "Story County, IA", None, "IA"),
            ("5", "A square", None, SQUARE, "IA"),
            ("6", None, None, None, "IA"),
        )
    )

    frame = done.frame
    assert frame["id"].to_list() == ["1", "2", "3", "4", "5", "6"]
    assert frame["places"].to_list() == [["county:19153"], ["zip:50309"], [], ["county:19169"], [], []]
    assert frame["approximate"].to_list() == [False, True, False, False, False, False]
    assert [text is not None for text in frame["outline"]] == [True, True, False, True, True, False]
    assert json.loads(frame["outline"][0]) == outline(["county:19153"])
    assert shapely.from_geojson(frame["outline"][4]).area > 0.03


def test_the_report_counts_and_names_what_is_unresolved() -> None:
    done = resolve(
        rows(
            ("1", "Polk County; Gotham", None, None, "IA"),
            ("2", "Gotham", None, None, "IA"),
            ("3", "Gotham", None, None, "NE"),
            ("4", "Washington", None, None, "IA"),
            ("5", "A square", None, SQUARE, "IA"),
        )
    )

    report = done.report
    assert (report.rows, report.resolved, report.approximate, report.ambiguous) == (5, 3, 0, 1)
    assert report.by_kind == {"county": 2, "extent": 1}
    assert report.unresolved == (Unresolved("Gotham", "IA", 2), Unresolved("Gotham", "NE", 1))


def test_no_rows_give_an_empty_frame_of_the_same_columns() -> None:
    done = resolve(rows())

    assert done.frame.columns == ["id", "places", "approximate", "ambiguous", "unresolved", "outline"]
    assert done.report.unresolved == ()
