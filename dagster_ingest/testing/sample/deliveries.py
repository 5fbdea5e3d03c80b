"""One delivery of one tenant, vendor by vendor: file names, headings, order of rows."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dagster_ingest.hsds import entities
from dagster_ingest.testing.sample import (
    airs,
    airs_traits,
    damage,
    hsds,
    icarol,
    visionlink,
    visionlink_traits,
    wellsky,
    wellsky_traits,
)
from dagster_ingest.testing.sample.airs_document import Element, write_document
from dagster_ingest.testing.sample.canaries import Canary
from dagster_ingest.testing.sample.files import Style, Table, tables
from dagster_ingest.testing.sample.icarol_traits import TRAITS, read_header, shape
from dagster_ingest.testing.sample.plan import (
    FEEDS,
    FIRST_DAY,
    Edit,
    Family,
    Feed,
    Volume,
    feeds_of,
    role_of,
)

ICAROL_STYLES = {
    "prairie": Style(encoding="utf-8-sig"),
    "capital": Style(pack="gz"),
    "bayside": Style(encoding="cp1252"),
}
WELLSKY = Style(line_end="\n")
# This feed's second delivery is spoiled; its third brings what the second should have.
LATE = next(feed for feed in FEEDS if (feed.tenant, feed.state) == ("gulf", "AL"))
# A field that the tenant adds to its form between day one and day two.
NEW_FIELD = "ServiceCustom_AcceptsWalkIns"
# Who makes AIRS XML documents, and how their files are called.
AIRS_PRODUCERS = {"summit": ("Summit Helpline", "rtm_airs"), "evergreen": ("Evergreen 211", "resources")}
HSDS = Style(line_end="\n", pack="zip")
VISIONLINK = Style(quoting=csv.QUOTE_ALL, pack="zip")


@dataclass(frozen=True, slots=True)
class Written:
    """One table as it was delivered. `path` is relative to the drops folder; `member` in its archive."""

    tenant: str
    state: str | None
    table: str
    path: str
    member: str | None
    rows: int


@dataclass(frozen=True, slots=True)
class Order:
    """What to write. `spoil`: gulf/AL breaks its contract, prairie/NE holds one stray value."""

    drops: Path
    tenant: str
    edit: Edit
    rows: int | None
    seed: int
    spoil: bool
    states: tuple[str, ...] = ()
    keep: Callable[[Canary], None] | None = None

    @property
    def stamp(self) -> str:
        return f"{self.edit.label:%Y%m%d}"

    @property
    def feeds(self) -> tuple[Feed, ...]:
        return tuple(f for f in feeds_of(self.tenant) if not self.states or f.state in self.states)


def deliver(order: Order) -> list[Written]:
    if order.tenant in TRAITS:
        return _icarol(order)
    if order.tenant == "gulf":
        return [written for feed in order.feeds for written in _wellsky(order, feed)]
    if order.tenant in AIRS_PRODUCERS:
        return _airs(order)
    if order.tenant == "piedmont":
        return _hsds(order)
    return _visionlink(order)


def _icarol(order: Order) -> list[Written]:
    traits, style = TRAITS[order.tenant], ICAROL_STYLES[order.tenant]
    header = traits.header
    known = frozenset(header)

    def keep(canary: Canary) -> None:  # what has no column in this export was not written
        if order.keep and canary.column in known:
            order.keep(replace(canary, table="resource"))

    name = f"resources_{order.stamp}.csv"
    folder = order.drops / order.tenant
    with tables(folder, {"resource": name}, {"resource": header}, style) as open_tables:
        table = open_tables["resource"]
        for feed in order.feeds:
            volume = Volume.of(order.rows, len(traits.roles), lambda n: shape(traits, n).rows)
            for number in volume.numbers(order.edit):
                role = role_of(traits.roles, traits.others, number)
                if order.edit.gone(number):
                    continue
                family = Family(feed, number, role, order.seed, order.edit, keep)
                stray = order.spoil and feed.state == "NE" and number == 7
                for row in icarol.family_rows(family, traits):
                    table.add(damage.stray_value(row) if stray else row)
                    stray = False
    path = f"{order.tenant}/{name}{'.gz' if style.pack == 'gz' else ''}"
    return [Written(order.tenant, None, "resource", path, None, table.rows)]


def _wellsky(order: Order, feed: Feed) -> list[Written]:
    headers = {t: read_header(f"wellsky_{t}") for t in wellsky_traits.TABLES}
    prefixes = {t: "bre" if t == "organization" else "brev" for t in headers}
    names = {t: f"{prefixes[t]}{t}_{order.stamp}.csv" for t in headers}
    folder = order.drops / order.tenant / feed.state.lower()
    volume = Volume.of(order.rows, len(wellsky_traits.ROLES), wellsky_traits.size)
    late = feed == LATE

    def keep(canary: Canary) -> None:  # what the spoiled delivery withdrew stays public until the next
        if order.keep:
            order.keep(replace(canary, from_day=3) if late and canary.from_day == 2 else canary)

    with tables(folder, names, headers, WELLSKY) as made:
        for number in volume.numbers(order.edit):
            if order.edit.gone(number):
                continue
            role = wellsky_traits.role(number)
            rows = wellsky.family_rows(Family(feed, number, role, order.seed, order.edit, keep))
            if order.spoil and late and number >= volume.families // 2:
                rows["services"] = list(damage.partner_import(rows["services"], made["services"].rows))
            for table, some in rows.items():
                for row in some:
                    made[table].add(row)
    base = f"{order.tenant}/{feed.state.lower()}/"
    return [Written(order.tenant, feed.state, t, base + names[t], None, made[t].rows) for t in names]


def _visionlink(order: Order) -> list[Written]:
    headers = {t: read_header(f"visionlink_{t}") for t in ("agency", "service")}
    new = (NEW_FIELD,) if order.edit.day > 1 else ()
    headers["service"] += new
    names = {t: f"keystone_{t}_{order.stamp}.csv" for t in headers}
    archive = f"keystone_export_{order.stamp}.zip"
    volume = Volume.of(order.rows, len(visionlink_traits.ROLES), visionlink_traits.size)
    with tables(order.drops / order.tenant, names, headers, VISIONLINK, archive) as made:
        for open_table in made.values():
            open_table.cells(visionlink_traits.template_row(open_table.header))
        for number in volume.numbers(order.edit):
            if not order.edit.gone(number):
                _visionlink_family(order, number, made)
    path = f"{order.tenant}/{archive}"
    return [Written(order.tenant, order.feeds[0].state, t, path, names[t], made[t].rows - 1) for t in names]


def _visionlink_family(order: Order, number: int, made: dict[str, Table]) -> None:
    family = Family(
        order.feeds[0], number, visionlink_traits.role(number), order.seed, order.edit, order.keep
    )
    for table, rows in visionlink.family_rows(family).items():
        for index, row in enumerate(rows):
            if family.role == "stray_comma" and table == "service" and index == 0:
                made[table].cells(_one_too_many(row, made[table].header))
            else:
                made[table].add(row | {NEW_FIELD: ("Yes", "No")[(number + index) % 2]})


def _airs(order: Order) -> list[Written]:
    producer, prefix = AIRS_PRODUCERS[order.tenant]
    feed, name = order.feeds[0], f"{prefix}_{order.stamp}.xml"
    volume = Volume.of(order.rows, len(airs_traits.ROLES), airs_traits.size)

    def agencies() -> Iterator[Element]:
        for number in volume.numbers(order.edit):
            if order.edit.gone(number):
                continue
            role = airs_traits.role(number)
            tree = airs.family_tree(Family(feed, number, role, order.seed, order.edit, order.keep))
            if tree is not None:
                yield tree

    head = {
        "SourceEntity": producer,
        "SourceID": str(feed.number),
        "OriginTimestamp": f"{FIRST_DAY}T02:00:00",
        "SoftwareVendor": "Sample",
        "SoftwareVersion": "1.0",
        "TaxonomyVersion": "2026-01-01T00:00:00",
        "SchemaVersion": "3.0",  # what documents of 3.1 say
    }
    counts = write_document(order.drops / order.tenant / name, head, agencies())
    rows = {
        "source": 1,
        "agency": counts["Agency"],
        "site": counts["Site"] + counts["AgencyLocation"],
        "service_group": counts.get("ServiceGroup", 0),
        "site_service": counts["SiteService"],
    }
    return [Written(order.tenant, feed.state, t, f"{order.tenant}/{name}", None, n) for t, n in rows.items()]


def _hsds(order: Order) -> list[Written]:
    """A package as an archive. What the tenant publishes of it is no concern of the publisher's."""
    known = {table: entities()[table] for table in hsds.TABLES}
    names = {table: entity.csv for table, entity in known.items()}
    headers = {table: [field.name for field in entity.fields] for table, entity in known.items()}
    feed, archive = order.feeds[0], f"hsds_{order.stamp}.zip"
    with tables(order.drops / order.tenant, names, headers, HSDS, archive) as made:
        for rows in hsds.families(feed, order.edit, order.rows, order.seed, order.keep):
            for table, some in rows.items():
                for row in some:
                    made[table].add(row)
    path = f"{order.tenant}/{archive}"
    return [Written(order.tenant, feed.state, t, path, names[t], made[t].rows) for t in names]


def _one_too_many(row: dict[str, Any], header: tuple[str, ...]) -> list[Any]:
    """A note with a comma that was not quoted: from there on every cell stands one to the right."""
    cells = [row.get(name, "") for name in header]
    at = header.index("ServiceSystem_StaffNotes")
    return [*cells[:at], "asked twice", *cells[at:]]
