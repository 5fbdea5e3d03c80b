"""A made-up quarter of an installation, the same each time: what the report draws in tests and pictures."""

from __future__ import annotations

import math
import random
from dataclasses import replace

from dagster_ingest.observe.catalog.values import Asset, Catalog, Contracted, Field, Place
from dagster_ingest.observe.explain import explain
from dagster_ingest.observe.report.fresh import DAY, day_of
from dagster_ingest.observe.report.values import (
    Costs,
    Failing,
    InForce,
    Loads,
    Report,
    Spent,
    StateView,
    TenantView,
    Written,
)
from dagster_ingest.observe.story import Blocker, BrokenRule, Shown, Story

NOW = 1_790_000_000.0  # 2026-09-21 14:13:20 UTC
DAYS = 90
NAMES = ("bayside", "capital", "evergreen", "gulf", "keystone", "piedmont", "prairie", "summit",
         "harbor", "lakeland", "mesa", "midland", "northstar", "oakridge", "pioneer", "riverbend", "sierra",
         "tidewater", "valley", "westbrook")  # fmt: skip
STATES = ("AL", "CO", "FL", "GA", "IA", "NC", "NE", "OR", "PA", "WA")
TABLES = ("raw/wellsky_organization", "raw/wellsky_location", "raw/wellsky_services", "elt/service",
          "elt/location", "stage/service_at_location", "published/hsds_package")  # fmt: skip


def report(tenants: int = 8, states: int = 10, seed: int = 7) -> Report:
    """So many tenants by so many states over a quarter; some are late, refused, or wait for a person."""
    chance = random.Random(seed)
    names = [NAMES[n % 20] + (str(n // 20) if n >= 20 else "") for n in range(tenants)]
    views = tuple(_tenant(chance, name, STATES[:states]) for name in names)
    failing = [
        Failing(s.story.tenant, b.asset, b.check, chance.randint(1, 9), (s.story.state,), b.seen, b.reason)
        for view in views
        for s in view.states
        for b in s.story.blockers
    ]
    contracts = tuple(
        InForce(name, table[4:], f"{table[4:].replace('_', '.')}", "1.4.0",
                "2.0.0" if n % 5 == 0 else "1.4.0", n % 5 != 0,
                "patch" if n % 4 == 1 else "system", 3 if n % 5 == 0 else 0)
        for n, name in enumerate(names)
        for table in TABLES[:3]
    )  # fmt: skip
    return Report(
        made_at=NOW,
        since=NOW - NOW % DAY - (DAYS - 1) * DAY,
        tenants=views,
        costs=_costs(chance, names),
        failing=tuple(sorted(failing, key=lambda one: -one.times)),
        contracts=contracts,
    )


def _tenant(chance: random.Random, name: str, states: tuple[str, ...]) -> TenantView:
    mine = [state for state in states if chance.random() < 0.75] or [states[0]]
    shown = tuple(state_view(chance, name, state) for state in mine)
    owners = (f"team:{name}-data", f"data@{name}.example")
    return TenantView(
        name, f"{name.title()} Helpline", None, owners, shown, 90 * len(mine), chance.randint(0, 12)
    )


def state_view(chance: random.Random, tenant: str, state: str) -> StateView:
    fate = chance.choices(("current", "blocked", "waiting", "late"), (80, 6, 4, 5))[0]
    until = NOW - (0 if fate in ("current",) else chance.uniform(2.2, 4) * DAY)
    times, days, size = [], [], chance.randint(800, 9000)
    moment = NOW - DAYS * DAY + chance.random() * DAY
    outage = chance.uniform(0.2, 0.9) * DAYS if chance.random() < 0.3 else None
    for n in range(DAYS):
        at = moment + n * DAY + chance.gauss(0, 2500)
        rows = int(size * (1 + 0.15 * math.sin(n / 9) + chance.gauss(0, 0.04)))
        refused = at > until or (outage is not None and outage < n < outage + 3)
        bad = int(rows * (0.35 if refused else abs(chance.gauss(0.004, 0.004))))
        if at < NOW:
            days.append(Loads(day_of(at), 5, int(refused), 0 if refused else rows - bad, bad))
            if not refused:
                times.append(at + 900)
    story = _story(tenant, state, fate, times[-1], size, until)
    return StateView(story, explain(story, NOW), (Written("hsds_package", tuple(times)),), tuple(days))


def _story(tenant: str, state: str, fate: str, published: float, rows: int, since: float) -> Story:
    health = fate if fate in ("blocked", "waiting") else "current"
    blockers = (blocker(tenant, state, since, waiting=fate == "waiting"),) if health != "current" else ()
    return Story(
        tenant=tenant,
        display_name=f"{tenant.title()} Helpline",
        state=state,
        owners=(f"team:{tenant}-data",),
        health=health,
        rows_read=rows,
        rows_accepted=rows - rows // 40 if blockers else rows - rows // 300,
        rows_quarantined=rows // 40 if blockers else rows // 300,
        loaded_at=NOW - 3600,
        shown=(Shown("hsds_package", "c0ffee", published, rows // 3),),
        blockers=blockers,
        waiting=(),
        fail_after=36 * 3600.0,
        warn_after=26 * 3600.0,
        drops=f"var/drops/{tenant}",
    )


def blocker(tenant: str, state: str, since: float, *, waiting: bool = False, text: str = "") -> Blocker:
    samples = (("services_20260919.csv", 14, None), ("services_20260919.csv", 31, text or "tbd"))
    rule = BrokenRule(
        "PHONE|required", 38, samples, None, None, f"tenants/{tenant}/contracts/services.yaml", 41
    )
    return Blocker(
        asset="raw/wellsky_services",
        check="review" if waiting else "contract",
        reason=text or ("waits for review: 31% of the keys are gone, and a person is asked from 20% on"
                        if waiting else "blocked: 38 of 80 rows break a rule, and 2% may be set aside"),
        since=since,
        seen=NOW - 1800,
        run_id="f0c1",
        load_id="20260919T031502-a1b2c3",
        files=("services_20260919.csv",),
        rows_read=80,
        rows_rejected=38,
        rules=() if waiting else (rule,),
        contract="1.4.0",
        contract_file=f"tenants/{tenant}/contracts/services.yaml",
        table="services",
        source="wellsky",
        stops=("elt/service", "stage/service"),
        hash="9f" * 32 if waiting else None,
        expires_at="2026-09-26T03:15:02+00:00" if waiting else None,
        raw_table="wellsky_services",
    )  # fmt: skip


def _costs(chance: random.Random, names: list[str]) -> Costs:
    weight = {name: chance.uniform(0.3, 3) for name in names}
    layers = {"raw": 20.0, "elt": 14.0, "stage": 6.0, "published": 9.0}
    first = NOW - NOW % DAY - (DAYS - 1) * DAY
    days = tuple(day_of(first + n * DAY) for n in range(DAYS))
    by_day = tuple(
        Spent((day, name, layer), 8, cpu * 1.7, cpu, bytes_read=int(cpu * 9e5), bytes_written=int(cpu * 4e5))
        for day in days
        for name in names
        for layer, base in layers.items()
        for cpu in [weight[name] * base * chance.uniform(0.8, 1.25)]
    )
    owners = tuple(replace(one, key=(f"team:{one.key[0]}-data",)) for one in _sums(by_day, 1))
    assets = tuple(
        Spent((name, *table.split("/")), 90, 90 * base, 50 * base)
        for name in names
        for table in TABLES
        for base in [weight[name] * chance.uniform(0.5, 8)]
    )
    return Costs(days, by_day, _sums(by_day, 1), _sums(by_day, 2), owners, assets)


def _sums(rows: tuple[Spent, ...], part: int) -> tuple[Spent, ...]:
    found: dict[str, Spent] = {}
    for one in rows:
        known = found.get(one.key[part], Spent((one.key[part],)))
        found[one.key[part]] = replace(
            known,
            steps=known.steps + one.steps,
            seconds=known.seconds + one.seconds,
            cpu_seconds=known.cpu_seconds + one.cpu_seconds,
            bytes_read=known.bytes_read + one.bytes_read,
            bytes_written=known.bytes_written + one.bytes_written,
        )
    return tuple(found.values())


def catalog(tenants: int = 8, tables: int = 12, columns: int = 15, shapes: int = 4) -> Catalog:
    """Assets of made-up tables; tenants of one shape have the same columns."""
    assets = []
    for number in range(tenants):
        name, shape = NAMES[number % 20] + (str(number // 20) if number >= 20 else ""), number % shapes
        for place in range(tables):
            layer = ("raw", "elt", "stage")[place * 3 // tables]
            assets.append(_asset(name, shape, layer, place, columns))
    return Catalog(NOW, tuple(assets))


def _asset(tenant: str, shape: int, layer: str, place: int, columns: int) -> Asset:
    below = {"raw": (), "elt": ("raw",), "stage": ("elt",)}[layer]
    table = f"table_{place:03d}"
    fields = tuple(
        Field(
            f"field_{shape}_{place}_{n}",
            "varchar",
            f"What column {n} of {table} means to the people who keep it",
            classes=("private",) if n == 3 else (),
            made_of=tuple((of, table, f"field_{n}") for of in below),
            sources=(("raw", table, f"field_{n}"),) if below else (),
        )
        for n in range(columns)
    )
    return Asset(
        tenant=tenant,
        layer=layer,
        table=table,
        description=f"Table {place} of shape {shape}, as {layer} has it",
        owners=(f"team:{tenant}-data",),
        kinds=("duckdb",),
        states=("IA", "NE"),
        fields=fields,
        upstream=tuple((of, f"table_{max(place - 4, 0):03d}") for of in below),
        freshness={"fail": "36h", "warn": "26h"},
        cost={"cost_center": "cc-1"},
        contract=Contracted(f"shape{shape}.{table}", "1.2.0", None, "contract.yaml")
        if layer == "raw"
        else None,
        code=(Place(f"tenants/{tenant}/tenant.yaml", 12, "tenant spec"),),
        materialized_at=NOW - 7200,
    )
