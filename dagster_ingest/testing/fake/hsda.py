"""An API as servers of HSDS 1.1 and 2.x have it (HSDA 1.2), on loopback: bare lists, and nothing that counts.

with FakeServer() as server:
    api = Hsda({"services": records}).mount(server)
    ... read server.url + api.base + "/services" ...
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dagster_ingest.testing.http import Answer, Asked, FakeServer

Record = Mapping[str, Any]


@dataclass
class Hsda:
    """lists: plural name to records under the older names, with what belongs to them nested.

    `?page=&per_page=` gives a JSON list; behind the last page it is empty. most: records of a page
    """

    lists: Mapping[str, Sequence[Record]]
    base: str = "/v2"
    most: int = 100

    def mount(self, server: FakeServer) -> Hsda:
        for name in ("organizations", "services", "locations", "programs"):
            server.route(f"{self.base}/{name}", self.page)
            server.route(f"{self.base}/{name}/*", self.detail)
        return self

    def page(self, asked: Asked) -> Answer:
        records = self.listed(asked.path.rsplit("/", 1)[-1])
        size = max(1, min(int(asked.param("per_page", "25")), self.most))
        start = (int(asked.param("page", "1")) - 1) * size
        return Answer.json([self.shown(record) for record in records[start : start + size]])

    def detail(self, asked: Asked) -> Answer:
        name, wanted = asked.path.rsplit("/", 2)[-2:]
        found = next((r for r in self.lists.get(name, ()) if str(r["id"]) == wanted), None)
        return Answer.json(self.shown(found)) if found else Answer.json({"message": "no such record"}, 404)

    def listed(self, name: str) -> Sequence[Record]:
        """All records of a list, in its order."""
        return sorted(self.lists.get(name, ()), key=lambda record: str(record["id"]))

    def shown(self, record: Record) -> Record:
        """A record as it is handed out."""
        return record
