"""`deploy/alerts.yaml` read, and all that is wrong with it."""

from __future__ import annotations

import fnmatch
from collections.abc import Collection

from dagster_ingest.errors import SpecError, among
from dagster_ingest.settings import Settings
from dagster_ingest.spec import platform_file
from dagster_ingest.spec.alerts import Alerts, Channel
from dagster_ingest.spec.problem import Report, SpecProblem
from dagster_ingest.spec.yamlfile import YamlFile

PLATFORM = "platform"
"""Whose secrets the channels' addresses are."""
_NOT_DONE = "nobody was told of anything"


def read_alerts(settings: Settings) -> Alerts:
    """The file; where there is none, nobody is told. Raises SpecError with its first problem."""
    found, problems = look(settings)
    if found is None:
        raise platform_file.refusal(problems, _NOT_DONE)
    return found


def asked_for(settings: Settings) -> bool:
    """Whether anybody wants to be told. A broken file counts: what looks into it will say so."""
    found, _ = look(settings)
    return found is None or found.on


def channel_of(settings: Settings, name: str) -> Channel:
    found = read_alerts(settings)
    if name not in found.channels:
        raise SpecError(
            f"there is no channel {name!r}",
            where=platform_file.shown(settings, settings.alerts_file),
            not_done="nothing was sent",
            fix=among(name, sorted(found.channels), "channels here:"),
        )
    return found.channels[name]


def look(settings: Settings) -> tuple[Alerts | None, list[SpecProblem]]:
    """The file, or all that is wrong with it alone."""
    file, found, problems = _read(settings)
    if file is not None and found is not None:
        report = Report(file)
        _channels_exist(found, report)
        problems = report.problems()
    return (None if problems else found), problems


def check(
    settings: Settings, owners: Collection[str] | None = None, tenants: Collection[str] | None = None
) -> list[SpecProblem]:
    """What is wrong with the file. owners and tenants: all there are; None where not all are known."""
    file, found, problems = _read(settings)
    if file is None or found is None:
        return problems
    report = Report(file)
    _channels_exist(found, report)
    for number, route in enumerate(found.routes):
        for field, patterns, known in (
            ("owners", route.owners, owners),
            ("tenants", route.tenants, tenants),
        ):
            for place, pattern in enumerate(patterns or ()):
                if known and not fnmatch.filter(sorted(known), pattern):
                    what = f"{pattern!r} is none of the {field}"
                    report.add(("routes", number, field, place), what, value=pattern, allowed=sorted(known))
    return report.problems()


def _read(settings: Settings) -> tuple[YamlFile | None, Alerts | None, list[SpecProblem]]:
    if not settings.alerts_file.is_file():
        return None, Alerts(), []
    return platform_file.read(settings, settings.alerts_file, Alerts)


def _channels_exist(found: Alerts, report: Report) -> None:
    for number, route in enumerate(found.routes):
        for place, name in enumerate(route.to):
            if name not in found.channels:
                what = f"there is no channel {name!r}"
                report.add(("routes", number, "to", place), what, value=name, allowed=sorted(found.channels))
