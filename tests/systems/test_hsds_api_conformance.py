"""What every connector has to hold, held by `http` with the settings of hsds_api."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dagster_ingest import systems
from dagster_ingest.testing.connectors import ConnectorConformance
from dagster_ingest.testing.fake.hsds_api import HsdsApi
from dagster_ingest.testing.http import Answer, faults
from dagster_ingest.testing.http.provider import ServerProvider
from dagster_ingest.testing.served import Table, table
from dagster_ingest.testing.shelf import Shelf

LIST = "/api/v3/services"


class Plain(HsdsApi):
    """Records are the plain rows of the suite. They lie in a file, in the order of their ids."""

    def listed(self, entity: str) -> Sequence[Any]:
        return self.tables[entity]

    def object(self, name: str, row: Mapping[str, Any], *_: object, **__: object) -> dict[str, Any]:
        return row["row"]

    def _bare(self, name: str, row: Mapping[str, Any], *_: object) -> dict[str, Any]:
        return {"id": row["row"]["ID"], "last_modified": row["last_modified"]}


class Served(ServerProvider):
    connector = "http"
    page = 10
    many = 30_000
    size: int

    def mount(self) -> None:
        self.api = Plain({}).mount(self.server)

    def serve(self, table: Table) -> None:
        rows = (dict(zip(table.columns, row, strict=True)) for row in table.rows())
        services = (
            {"id": f"{number:09d}", "last_modified": row["changed_at"], "row": row}
            for number, row in enumerate(rows)
        )
        self.api.tables = {"service": Shelf(self.folder / "services.jsonl", services)}
        self.size = self.page if len(self.api.tables["service"]) < 1000 else self.api.most

    def settings(self, *, incremental: bool = False) -> dict[str, Any]:
        system = systems.system("hsds_api")
        found = system.settings_for(system.tables["service"], "http")
        found |= {
            "url": self.server.url + self.api.base,
            "key": "ID",
            "paging": {**found["paging"], "size": self.size},
            "retry": {"first_wait": 0},
            "timeouts": {"read": 0.3},
            "cursor": {**found["cursor"], "field": "changed_at", "overlap": "0s"},
            "deletes": {**found["deletes"], "id": "id"},
        }
        if not incremental:
            del found["cursor"], found["deletes"]
        return found

    def inject(self, fault: str) -> bool:
        started = self.server.count(LIST)
        if fault.startswith("once:"):
            broken = self.breakage(fault[5:])
            self.server.script(LIST, broken, when=lambda asked: asked.number > started + 1)
        elif fault in ("cut", "denied_midway"):
            self.break_off(LIST, fault, after=2)
        elif fault == "loop":
            self.loop(LIST)
        elif fault in ("truncated", "short"):
            self.server.script(LIST, faults.truncated if fault == "truncated" else self._short, times=None)
        else:
            return self.fail(LIST, fault)
        return True

    def _short(self, asked, handler) -> Answer:
        cut = faults.altered(lambda answer: {**answer, "contents": answer["contents"][:-1]})
        return cut(asked, handler)


class TestServices(ConnectorConformance):
    provider = Served

    def test_a_fingerprint_changes_with_the_rows_only(self, source):
        """Nothing but the lists tells whether anything changed, and that is the read itself."""
        source.serve(table(5))

        assert source.made().fingerprint(source.request()).value == ""
