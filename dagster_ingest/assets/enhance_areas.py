"""Part `areas`: `enhanced/service_area`, places and outlines of service areas."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

import dagster as dg

from dagster_ingest.assets.enhance_parts import Made, Part, Told, Work
from dagster_ingest.assets.metadata import table_line
from dagster_ingest.spec.resolved import TenantSpec

if TYPE_CHECKING:
    from dagster_ingest.enhance.areas import AreaReport

# Raise it when the same input gives another result: every tenant's table is then made again.
EDITION = 1
ACCEPTED = 0.05  # share of rows without an outline that is taken for granted
_SHOWN = 100


def make(work: Work) -> Made:
    from dagster_ingest.enhance.areas import resolve

    done = resolve(work.tables["service_area"])
    report = done.report
    return Made(
        frame=done.frame,
        metadata={
            "resolved": report.resolved,
            "approximate": report.approximate,
            "ambiguous": report.ambiguous,
            "unresolved": len(report.unresolved),
            "places": dg.MetadataValue.md(_places(report)),
            **({"unresolved_texts": dg.MetadataValue.md(_unresolved(report))} if report.unresolved else {}),
        },
        checks={"resolved": _resolved(report)},
    )


def _resolved(report: AreaReport) -> Told:
    missing = report.rows - report.resolved
    share = missing / report.rows if report.rows else 0.0
    words = f"{missing} of {report.rows} service areas have no outline"
    metadata = {
        "without_outline": missing,
        "share": round(share, 4),
        **({"texts": dg.MetadataValue.md(_unresolved(report))} if report.unresolved else {}),
    }
    return Told(share <= ACCEPTED, f"{words} ({share:.1%}; more than {ACCEPTED:.0%} warns)", metadata)


def _unresolved(report: AreaReport) -> str:
    lines = [table_line("text that names no place", "state", "rows"), "|---|---|---:|"]
    lines += [table_line(each.text, each.state, each.rows) for each in report.unresolved[:_SHOWN]]
    more = len(report.unresolved) - _SHOWN
    return "\n".join(lines) + (f"\n\nand {more} more" if more > 0 else "")


def _places(report: AreaReport) -> str:
    lines = [table_line("places", "times"), "|---|---:|"]
    return "\n".join([*lines, *(table_line(kind, count) for kind, count in report.by_kind.items())])


def _edition(spec: TenantSpec) -> str:
    return f"{EDITION}, zipcodes {version('zipcodes')}, shapely {version('shapely')}"


AREAS = Part(
    name="areas",
    table="service_area",
    description="Places that the stage's service areas name, and their outline as GeoJSON.",
    reads=("service_area",),
    volatile=(),
    checks={"resolved": f"At most {ACCEPTED:.0%} of the service areas have no outline"},
    edition=_edition,
    make=make,
)
