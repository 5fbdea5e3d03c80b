"""What every connector has to hold, held by `http` with the settings of hsds_api for servers of HSDS 2.x."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dagster_ingest import systems
from dagster_ingest.testing.connectors import ConnectorConformance
from dagster_ingest.testing.fake.hsda import Hsda, Record
from dagster_ingest.testing.http import faults
from dagster_ingest.testing.http.provider import ServerProvider
from dagster_ingest.testing.served import Table, table
from dagster_ingest.testing.shelf import Shelf

LIST = "/v2/services"


class Plain(Hsda):
    """Records are the plain rows of the suite. They lie in a file, in the order of their ids."""

    def listed(self, name: str) -> Sequence[Record]:
        return self.lists[name]

    def shown(self, record: Record) -> Record:
        return record["row"]


class Served(ServerProvider):
    """Nothing states how many rows there are: a page that is short or comes again is all that tells."""

    connector = "http"
    page = 10
    many = 30_000
    size: int

    def mount(self) -> None:
        self.api = Plain({}).mount(self.server)

    def serve(self, table: Table) -> None:
        rows = (dict(zip(table.columns, row, strict=True)) for row in table.rows())
        services = Shelf(self.folder / "services.jsonl", ({"id": row["ID"], "row": row} for row in rows))
        self.api.lists = {"services": services}
        self.size = self.page if len(services) < 1000 else self.api.most

    def settings(self, *, incremental: bool = False) -> dict[str, Any]:
        system = systems.system("hsds_api")
        found = system.settings_for(system.tables["service"], "http")
        found |= {
            "url": self.server.url + self.api.base,
            "key": "ID",
            "records": "",
            "paging": {"kind": "page", "param": "page", "size": self.size, "size_param": "per_page"},
            "retry": {"first_wait": 0},
            "timeouts": {"read": 0.3},
            "cursor": {**found["cursor"], "field": "changed_at", "overlap": "0s"},
            "deletes": {"by": "id_list", "id": "ID"},
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
        elif fault == "truncated":
            self.server.script(LIST, faults.truncated, times=None)
        else:
            return self.fail(LIST, fault)
        return True


class TestOlderServices(ConnectorConformance):
    provider = Served

    def test_a_fingerprint_changes_with_the_rows_only(self, source):
        """Only the list tells whether anything changed, and that is the read itself."""
        source.serve(table(5))

        assert source.made().fingerprint(source.request()).value == ""

    def test_a_cursor_brings_what_changed_and_nothing_is_lost(self, source):
        """The server does not know modified_after: everything comes each time, and the cursor moves."""
        source.serve(table(30))
        first = source.read(incremental=True)
        source.serve(table(30, day=2))

        second = source.read(incremental=True, cursor=first.cursor)

        assert len(second.rows) == 30
        assert second.cursor != first.cursor
