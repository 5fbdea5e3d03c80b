"""The fake vendor systems that are read over HTTP: their tenants, their days, where they break."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from dagster_ingest.testing.fake.hsda import Hsda
from dagster_ingest.testing.fake.hsds_api import HsdsApi
from dagster_ingest.testing.fake.icarol_api import IcarolApi
from dagster_ingest.testing.http import Answer, Asked, Bearer, FakeServer
from dagster_ingest.testing.sample.icarol_api import served

Fault = Callable[[Asked, Callable[[Asked], Answer]], Answer]
When = Callable[[Asked], bool]
KEY = "s3cret key/of=the&feed"
SECRET = "FEED_KEY"
Record = dict[str, Any]


@dataclass(frozen=True)
class Point:
    """Requests of one kind: those to `path` for which `when` holds. after: the point before it, whose answer
    may come again here. page: how an error calls it."""

    path: str
    when: When
    page: str
    after: str = ""


class Api(ABC):
    """A server of one system. Its second day is what every load of the matrix has to end in.

    table   the one whose requests go wrong
    stray   a record that the second day does not have: the first of its lists
    late    one that it has, and that may come while pages are read; its stamp is an old one
    system  in its tables' names
    struck  how often something went wrong
    """

    name: ClassVar[str]
    system: ClassVar[str]
    table: ClassVar[str]
    yaml: ClassVar[str]
    points: ClassVar[Mapping[str, Point]]
    stray: Record
    late: Record

    def __init__(self, server: FakeServer) -> None:
        self.server = server
        self.struck = 0
        self.mount()

    @abstractmethod
    def mount(self) -> None: ...

    @abstractmethod
    def rows(self, day: int) -> list[Record]: ...

    @abstractmethod
    def show(self, rows: list[Record]) -> None:
        """From now on the server has these."""

    def day(self, day: int) -> None:
        self.show(self.rows(day))

    def second_day(self, *, stray: bool, late: bool) -> None:
        """With the record that it does not have, without the one that comes late, or as it is."""
        rows = [r for r in self.rows(2) if late or r["id"] != self.late["id"]]
        self.show([self.stray, *rows] if stray else rows)

    def strike(self, point: Point, fault: Fault, *, lasts: bool, when: When | None = None) -> None:
        """Let the requests of a point go wrong, one of them or all."""

        def struck(asked: Asked, handler: Callable[[Asked], Answer]) -> Answer:
            self.struck += 1
            return fault(asked, handler)

        self.server.script(point.path, struck, times=None if lasts else 1, when=when or point.when)

    def source(self, patience: str = "") -> str:
        return self.yaml % (self.server.url, SECRET, patience)


_PATIENT = "      rate: null\n      retry: {attempts: 3}\n%s"
_ICAROL = """\
  icarol:
    system: icarol_api
    connector: http
    mode: incremental
    settings:
      url: %s/v1
      auth: {kind: bearer, token: {secret: %s}}
"""


class IcarolPaged(Api):
    """Shape b: one list in pages with its total; details of what changed, and deletions, come of it."""

    name, system, table = "icarol_api, pages", "icarol", "resource"
    shape: ClassVar[str] = "b"
    size = 30
    yaml = _ICAROL + (
        "      paging: {kind: offset, size: 30, total: totalResultCount}\n"
        "      details: {path: /Resource, id: resource.id, detail_id: id, param: id, size: 5}\n"
    ) + _PATIENT  # fmt: skip
    search, detail = "/v1/Resource/Search", "/v1/Resource"
    points: ClassVar = {
        "first page": Point(search, lambda a: a.json()["skip"] == 0, "page 1"),
        "middle page": Point(search, lambda a: a.json()["skip"] == 30, "page 2", "first page"),
        "last page": Point(search, lambda a: a.json()["skip"] == 60, "page 3", "middle page"),
        "details": Point(detail, lambda a: True, "details"),
    }

    def mount(self) -> None:
        days = {day: {r["id"]: r for r in self._english(day)} for day in (1, 2)}
        gone = [r for name, r in days[1].items() if name not in days[2]]
        new = [r for name, r in days[2].items() if name not in days[1]]
        kept = [name for name in days[1] if name in days[2]][:72]
        self._rows = {
            1: [*(days[1][name] for name in kept), *gone[1:4]],
            2: [*(days[2][name] for name in kept), *new[:3]],
        }
        self.late = self._rows[2][60]
        self.stray = {**gone[0], "modified": "2026-03-03T07:30:00"}
        self._api = IcarolApi([], shape=self.shape, key=KEY).mount(self.server)

    def rows(self, day: int) -> list[Record]:
        return self._rows[day]

    def show(self, rows: list[Record]) -> None:
        self._api.records = rows

    @staticmethod
    def _english(day: int) -> list[Record]:
        return [r for r in served(day=day).records if r["cultureCode"] == "en-US"]


class IcarolFlat(IcarolPaged):
    """Shape a: a flat list of what changed and one of all ids, neither with a total."""

    name, shape = "icarol_api, flat list", "a"
    yaml = _ICAROL + (
        '      body: {term: "*", modifiedSince: "{since}", takeALL: true}\n'
        '      records: ""\n'
        "      paging: {kind: none}\n"
        "      details: {path: /Resource, id: id, param: id, size: 5}\n"
        '      cursor: {field: modified, send: date, initial: ""}\n'
        "      deletes: {by: id_list}\n"
    ) + _PATIENT  # fmt: skip
    points: ClassVar = {
        "list": Point(IcarolPaged.search, lambda a: a.json()["modifiedSince"] != "", "page 1"),
        "details": Point(IcarolPaged.detail, lambda a: True, "details"),
        "list of ids": Point(IcarolPaged.search, lambda a: a.json()["modifiedSince"] == "", "page 1"),
    }


def _changes(number: int) -> Callable[[Asked], bool]:
    return lambda a: a.param("minimal") != "true" and a.param("page") == str(number)


def _ids(number: int) -> Callable[[Asked], bool]:
    return lambda a: a.param("minimal") == "true" and a.param("page") == str(number)


class Hsds3(Api):
    """Services changed since the last read, in pages with their total, and pages of all ids."""

    name, system, table = "hsds_api 3.x", "hsds", "service"
    yaml = (
        """\
  hsds:
    system: hsds_api
    connector: http
    mode: incremental
    settings:
      url: %s/api/v3
      auth: {kind: bearer, token: {secret: %s}}
      paging: {kind: page, param: page, size: 5, size_param: per_page, total: total_items}
"""
        + _PATIENT
        + "    tables:\n      organization:\n      service:\n"
    )
    path: ClassVar[str] = "/api/v3/services"
    points: ClassVar = {
        "first page": Point(path, _changes(1), "page 1"),
        "middle page": Point(path, _changes(2), "page 2", "first page"),
        "last page": Point(path, _changes(3), "page 3", "middle page"),
        "list of ids": Point(path, _ids(2), "page 2", "first ids"),
        "first ids": Point(path, _ids(1), "page 1"),
    }

    def mount(self) -> None:
        self.stray = _service(0, "2026-04-02T08:00:00Z")
        self.late = self.rows(2)[-1]
        self._api = HsdsApi({}).mount(self.server)
        self.server.gate(Bearer(KEY))

    def rows(self, day: int) -> list[Record]:
        """25 services; on the second day two are gone, one is new and ten have changed."""
        first = {n: _service(n, f"2026-03-{n:02d}T08:00:00Z") for n in range(1, 26)}
        if day == 1:
            return list(first.values())
        changed = {n: _service(n, f"2026-04-01T08:{n:02d}:00Z", "changed") for n in range(10, 21)}
        kept = first | changed | {26: _service(26, "2026-04-01T09:00:00Z")}
        return [row for n, row in kept.items() if n not in (3, 15)]

    def show(self, rows: list[Record]) -> None:
        organizations = [
            {"id": f"o{n}", "name": f"Organization {n}", "description": "Helps."} for n in range(5)
        ]
        self._api.tables = {"organization": organizations, "service": rows}


class Hsds2(Hsds3):
    """Bare lists in pages without a total, under the names of 2.x, read whole each time."""

    name = "hsds_api 2.x"
    yaml = (
        """\
  hsds:
    system: hsds_api
    connector: http
    mode: full
    settings:
      url: %s/v2
      auth: {kind: bearer, token: {secret: %s}}
      records: ""
      paging: {kind: page, param: page, size: 10, size_param: per_page}
"""
        + _PATIENT
        + "    tables:\n      organization:\n      service:\n"
    )
    path = "/v2/services"
    points: ClassVar = {
        "first page": Point(path, _changes(1), "page 1"),
        "middle page": Point(path, _changes(2), "page 2", "first page"),
        "last page": Point(path, _changes(3), "page 3", "middle page"),
    }

    def mount(self) -> None:
        super().mount()
        self._older = Hsda({}).mount(self.server)

    def show(self, rows: list[Record]) -> None:
        services = [
            {**row, "eligibility": "Adults", "regular_schedule": [{"weekday": 1, "opens_at": "08:00"}]}
            for row in rows
        ]
        organizations = [
            {
                "id": f"o{n}",
                "name": f"Organization {n}",
                "description": "Helps.",
                "url": "https://example.org",
            }
            for n in range(5)
        ]
        self._older.lists = {"organizations": organizations, "services": services}


def _service(number: int, modified: str, name: str = "Service") -> Record:
    return {
        "id": f"s{number:02d}", "organization_id": f"o{number % 5}", "name": f"{name} {number}",
        "status": "active", "last_modified": modified,
    }  # fmt: skip


APIS: tuple[type[Api], ...] = (IcarolPaged, IcarolFlat, Hsds3, Hsds2)
