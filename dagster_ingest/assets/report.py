"""The report's values: stories, the event log of the last days, the files of cost, contracts, the catalog."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from dagster_ingest.assets.catalog import catalog_of
from dagster_ingest.assets.instance import open_instance
from dagster_ingest.assets.platform import TenantPlatform
from dagster_ingest.assets.report_events import history
from dagster_ingest.assets.stories import story
from dagster_ingest.errors import IngestError
from dagster_ingest.observe.catalog.values import Catalog
from dagster_ingest.observe.explain import explain
from dagster_ingest.observe.report.costs import costs_of
from dagster_ingest.observe.report.fresh import DAY, day_of, start_of
from dagster_ingest.observe.report.values import DAYS, Failing, InForce, Report, StateView, TenantView
from dagster_ingest.redact import redact
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.spec.resolved import TenantSpec


@dataclass(frozen=True)
class Made:
    """What was written: where, how many files, how many bytes."""

    report: Report
    folder: Path
    files: int
    bytes: int


def write_report(
    settings: Settings, folder: Path, *, days: int = DAYS, instance: dg.DagsterInstance | None = None
) -> Made:
    """Read everything once and write the site. instance: of the run that asks; None: the installation's."""
    if instance is None:
        with open_instance(settings) as opened:
            return write_report(settings, folder, days=days, instance=opened)
    from dagster_ingest.observe.report.site import site, write

    report, catalog = read(settings, instance, days=days, now=time.time())
    pages = site(report, catalog)
    return Made(report, folder, len(pages), write(folder, pages))


def read(
    settings: Settings, instance: dg.DagsterInstance, *, days: int = DAYS, now: float
) -> tuple[Report, Catalog]:
    """The report of the chosen tenants over so many days, today included, and their catalog."""
    loaded = load_tenants(settings)
    since = start_of(day_of(now)) - (days - 1) * DAY
    problems = [f"left out: {problem}" for problem in loaded.errors]
    tenants: list[TenantView] = []
    failing: list[Failing] = []
    for spec in loaded.tenants:
        try:
            view, failed = _tenant(TenantPlatform(settings, spec), instance, since, now)
        except IngestError as error:  # its store is locked or gone: the others are told all the same
            problems.append(f"{spec.name} could not be read: {error}")
            continue
        tenants.append(view)
        failing += failed
    chosen = [spec for spec in loaded.tenants if spec.name in {view.name for view in tenants}]
    owners = {spec.name: spec.model.owners[0] for spec in loaded.tenants}
    catalog = catalog_of(settings, loaded.tenants, instance)
    report = Report(
        made_at=now,
        since=since,
        tenants=tuple(tenants),
        costs=costs_of(settings.home, day_of(since), owners if settings.tenants else None),
        failing=tuple(sorted(failing, key=lambda one: (-one.times, one.tenant, one.asset))),
        contracts=tuple(_contracts(settings, chosen)),
        problems=tuple(redact(text) for text in (*problems, *catalog.problems)),
    )
    return report, catalog


def _tenant(
    platform: TenantPlatform, instance: dg.DagsterInstance, since: float, now: float
) -> tuple[TenantView, list[Failing]]:
    spec, model = platform.spec, platform.spec.model
    found = history(instance, platform, since)
    readers = [target.reader for target in model.publish]
    states = []
    for state in spec.states:
        told = story(instance, platform, state)
        text = redact(explain(told, now))
        states.append(StateView(told, text, found.written_of(state, readers), found.days_of(state)))
    view = TenantView(
        name=spec.name,
        display_name=model.display_name,
        description=model.description,
        owners=tuple(model.owners),
        states=tuple(states),
        runs=found.runs,
        failed_runs=found.failed_runs,
    )
    return view, found.failing


def _contracts(settings: Settings, tenants: Sequence[TenantSpec]) -> list[InForce]:
    """Who is on which version, without the drift of the stores."""
    from dagster_ingest.evolution.matrix import matrix
    from dagster_ingest.spec.catalog import Catalog as Systems

    contracts = {(spec.name, t.raw): t.contract for spec in tenants for s in spec.sources for t in s.tables}
    return [
        InForce(
            tenant=row.tenant,
            table=row.raw,
            contract=contracts[row.tenant, row.raw].id,
            version=row.version,
            newest=row.newest,
            current=row.current,
            origin=row.origin,
            breaking=row.counts()["breaking"],
        )
        for row in matrix(tenants, Systems.of(settings.root), lambda spec: ())
    ]
