"""Part `geocoding`: `enhanced/location`, coordinates with how precise they are."""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import dagster as dg

from dagster_ingest.assets.enhance_parts import Made, Part, Told, Work, of_providers
from dagster_ingest.assets.metadata import table_line
from dagster_ingest.clock import utc
from dagster_ingest.spec.enhance import Geocoding
from dagster_ingest.spec.resolved import TenantSpec

if TYPE_CHECKING:
    from dagster_ingest.enhance.geocoding import GeocodeReport

# Raise it when the same input gives another result: every tenant's table is then made again.
EDITION = 1
_SHOWN = 50


def make(work: Work) -> Made:
    from dagster_ingest.enhance.geocoding import Budget, Cache, geocode, location_rows

    settings = work.spec.model.enhance.geocoding
    rows = location_rows(work.tables["location"], work.tables["address"])
    with Cache(work.folder / "enhance" / "geocoding.sqlite") as cache:
        done = geocode(
            rows,
            settings,
            cache,
            Budget(settings.budget),
            secret=work.secret,
            previous=work.previous,
            pace=str(work.folder / "limits"),
        )
    report = done.report
    return Made(
        frame=done.frame,
        metadata={**report.summary(), "precisions": dg.MetadataValue.md(_precisions(report))},
        checks={"plausible": _plausible(report), "provider": _provider(report)},
        calls=sum(told.lookups for told in report.providers.values()),
        money=report.money,
        waiting=report.waiting,
        until=_until(done.frame.iter_rows(named=True), settings, report),
    )


def _until(rows, settings: Geocoding, report: GeocodeReport) -> str:
    """The day on which some answer is to be asked for again: points are told by the rows, misses are not."""
    days: dict[str, int] = {each.provider: each.refresh_days for each in settings.providers}
    found: list[datetime] = [
        row["located_at"] + timedelta(days=days[name])
        for row in rows
        if row["located_at"] and (name := str(row["provider"]).split("/")[0]) in days
    ]
    if report.misses:
        found.append(utc() + timedelta(days=min(each.misses_days for each in settings.providers)))
    return min(found).date().isoformat() if found else ""


def _precisions(report: GeocodeReport) -> str:
    rows = [table_line("precision", "locations"), "|---|---:|"]
    rows += [table_line(name, count) for name, count in report.by_precision.items()]
    rows += [table_line("of these withheld", report.withheld), table_line("waiting", report.waiting)]
    return "\n".join(rows)


def _plausible(report: GeocodeReport) -> Told:
    """Points that cannot be right: outside of the state, swapped, zero. None but `far` ones are used."""
    found = report.findings
    if not found:
        return Told(True, "every point can be where it is said to be", {"findings": 0})
    # No coordinates: events outlive the stage, and with them what turns private.
    lines = [table_line("location", "point of", "fault", "used"), "|---|---|---|---|"]
    lines += [
        table_line(each.id, each.by, each.fault, "yes" if each.used else "no") for each in found[:_SHOWN]
    ]
    kinds = ", ".join(sorted({each.fault for each in found}))
    metadata: dict[str, Any] = {"findings": len(found), "points": dg.MetadataValue.md("\n".join(lines))}
    return Told(False, f"points that cannot be right: {len(found)} ({kinds})", metadata)


def _provider(report: GeocodeReport) -> Told:
    kept, left = sum(told.kept for told in report.providers.values()), report.waiting
    words = f"{kept} earlier points stay, {left} addresses wait for the next run"
    return of_providers(report.providers, words, kept=kept, waiting=left)


def _edition(spec: TenantSpec) -> str:
    """The code, and the table of ZIP codes that it reads."""
    return f"{EDITION}, zipcodes {version('zipcodes')}"


def _volatile() -> tuple[str, ...]:
    from dagster_ingest.enhance.geocoding import VOLATILE

    return VOLATILE


GEOCODING = Part(
    name="geocoding",
    table="location",
    description="Coordinates of the stage's locations with their precision: source, street, zip, city, "
    "county or none. What is withheld has none.",
    reads=("location", "address"),
    volatile=_volatile(),
    checks={
        "plausible": "Points lie in their state, are not swapped and not zero",
        "provider": "Geocoders answered, within the budget; where they did not, earlier points stay",
    },
    edition=_edition,
    make=make,
)
