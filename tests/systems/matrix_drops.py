"""The vendor systems whose deliveries are files: their tenants, their days, the file that goes wrong."""

from __future__ import annotations

import os
import shutil
import time
from abc import ABC
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from dagster_ingest.testing import sample
from dagster_ingest.testing.fake import hsds_package

DAYS = {1: "20260302", 2: "20260303"}
FORMER = 30 * 86_400.0  # seconds by which the first day's files are older


class Drops(ABC):
    """Deliveries of one system.

    like    the sample tenant whose deliveries these are, with the folder that holds one state's
    victim  pattern of the file that goes wrong
    tables  those that are read out of it; the last one is read when it goes wrong meanwhile
    """

    name: ClassVar[str]
    like: ClassVar[str]
    state: ClassVar[str]
    yaml: ClassVar[str]
    victim: ClassVar[str]
    tables: ClassVar[tuple[str, ...]]

    system: ClassVar[str] = ""
    last: ClassVar[str]

    def __init_subclass__(cls) -> None:
        cls.system = cls.yaml.split(":")[0].strip()
        cls.last = cls.tables[-1]

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for day in DAYS:
            self._write(folder / str(day), day)

    def _write(self, folder: Path, day: int) -> None:
        sample.write(folder, [self.like.split("/")[0]], day=day)

    def files(self, day: int) -> Iterator[Path]:
        place = self._folder / str(day) / self.like
        return (path for path in sorted(place.iterdir()) if path.is_file())

    def deliver(self, drops: Path, day: int) -> None:
        """Lay a day's files into a tenant's drops."""
        drops.mkdir(parents=True, exist_ok=True)
        at = time.time() - FORMER * (len(DAYS) - day)
        for path in self.files(day):
            shutil.copyfile(path, drops / path.name)
            os.utime(drops / path.name, (at, at))

    def withdraw(self, drops: Path, day: int) -> None:
        for path in drops.iterdir():
            if DAYS[day] in path.name:
                path.unlink()

    def file(self, drops: Path, day: int = 2) -> Path:
        """The file of that day that goes wrong."""
        (found,) = (p for p in drops.glob(self.victim) if DAYS[day] in p.name)
        return found


class Icarol(Drops):
    name, like, state = "icarol", "bayside", "CA"
    yaml = "  icarol:\n    system: icarol\n    settings: {encoding: cp1252}\n"
    victim, tables = "*.csv", ("resource",)


class WellSky(Drops):
    """Five files of one run; the parent of all is the one that goes wrong."""

    name, like, state = "wellsky", "gulf/fl", "FL"
    yaml = "  wellsky:\n    system: wellsky\n"
    victim, tables = "*organization_*.csv", ("organization",)


class WellSkyChild(WellSky):
    """Its last table's file goes wrong."""

    name, victim, tables = "wellsky, services", "*services_*.csv", ("services",)


class VisionLink(Drops):
    """Two files in one archive."""

    name, like, state = "visionlink", "keystone", "PA"
    yaml = (
        "  visionlink:\n    system: visionlink\n    tables:\n      agency:\n      service:\n"
        "        policy: {on_reject: quarantine, max_share: 0.05}\n"
    )
    victim, tables = "*.zip", ("agency", "service")


class Rtm(Drops):
    """One document for all tables."""

    name, like, state = "rtm", "summit", "CO"
    yaml = "  rtm:\n    system: rtm\n"
    victim, tables = "*.xml", ("source", "agency", "site", "service_group", "site_service")


class Airs(Rtm):
    name, yaml = "airs", "  airs:\n    system: airs\n"


class Hsds(Drops):
    """Four files without a set."""

    name, like, state = "hsds", "package", "IA"
    yaml = "  hsds:\n    system: hsds\n"
    victim, tables = "services_*.csv", ("service",)

    def _write(self, folder: Path, day: int) -> None:
        numbers = range(1, 41) if day == 1 else range(3, 44)
        name = "Service" if day == 1 else "Changed"
        rows = {
            "organization": [{"id": f"o{n}", "name": f"Org {n}", "description": "d"} for n in range(8)],
            "service": [
                {"id": f"s{n}", "organization_id": f"o{n % 8}", "name": f"{name} {n}", "status": "active"}
                for n in numbers
            ],
            "location": [{"id": f"l{n}", "location_type": "physical", "name": f"Place {n}"} for n in numbers],
            "service_at_location": [
                {"id": f"sl{n}", "service_id": f"s{n}", "location_id": f"l{n}"} for n in numbers
            ],
        }
        hsds_package.write(rows, folder / self.like, DAYS[day])


DROPS: tuple[type[Drops], ...] = (Icarol, WellSky, WellSkyChild, VisionLink, Rtm, Airs, Hsds)
