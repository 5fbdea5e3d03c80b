"""What every connector has to hold, held by `http` with the settings of icarol_api, in both shapes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from dagster_ingest import systems
from dagster_ingest.testing.connectors import ConnectorConformance
from dagster_ingest.testing.fake.icarol_api import IcarolApi, Record
from dagster_ingest.testing.http import Answer, Asked, faults
from dagster_ingest.testing.http.provider import ServerProvider
from dagster_ingest.testing.served import Table, of_rows, table
from dagster_ingest.testing.shelf import Shelf
from tests.systems.test_icarol_api import DETAIL, SEARCH, older_shape

KEY = "s3cret key/of=the&feed"


class Plain(IcarolApi):
    """Details are the plain rows of the suite. They lie in a file, in the order of their ids."""

    def listed(self, asked: Asked, wanted: dict[str, Any]) -> Sequence[Record]:
        return self.records

    def known(self, asked: Asked, ids: Sequence[str]) -> Sequence[Record]:
        at = {bisect_left(self.records, name, key=lambda record: record["id"]) for name in ids}
        found = [self.records[number] for number in sorted(at) if number < len(self.records)]
        return [record for record in found if record["id"] in ids]

    def shown(self, record: Record) -> Record:
        return record["row"]


class Paged(ServerProvider):
    connector = "http"
    page = 10
    many = 20_000
    secrets: ClassVar = {"ICAROL_KEY": KEY}
    shape: ClassVar[Literal["a", "b"]] = "b"

    def mount(self) -> None:
        self.api = Plain([], shape=self.shape, key=KEY).mount(self.server)
        self.server.route(DETAIL, self._detail)

    @property
    def requests(self) -> int:
        return self.server.count(SEARCH) + self.server.count(DETAIL)

    def _detail(self, asked: Asked) -> Answer:
        del self.server.asked[:-10]  # ten records a request: the server would grow with what it was asked
        return self.api.detail(asked)

    def serve(self, table: Table) -> None:
        rows = (dict(zip(table.columns, row, strict=True)) for row in table.rows())
        records = (
            {"id": row["ID"], "type": "Agency", "modified": row["changed_at"], "row": row} for row in rows
        )
        self.api.records = Shelf(self.folder / "records.jsonl", records)

    def settings(self, *, incremental: bool = False) -> dict[str, Any]:
        system = systems.system("icarol_api")
        found = system.settings_for(system.tables["resource"], "http")
        found |= older_shape() if self.shape == "a" else {}
        found["details"] = {**found["details"], "detail_id": "ID"}
        found |= {
            "url": f"{self.server.url}/v1",
            "auth": {"kind": "bearer", "token": {"secret": "ICAROL_KEY"}},
            "key": "ID",
            "rate": None,
            "retry": {"first_wait": 0},
            "timeouts": {"read": 0.3},
            "check_path": None,
        }
        found["cursor"] = {**found["cursor"], "overlap": "0s"}
        found["deletes"] = {**found["deletes"], "id": "resource.id" if self.shape == "b" else "id"}
        if not incremental:
            del found["cursor"], found["deletes"]
            found["body"] = {**found["body"], "modifiedSince": ""} if self.shape == "a" else found["body"]
        return found

    def inject(self, fault: str) -> bool:
        started = self.server.count(DETAIL)
        if fault.startswith("once:"):
            broken = self.breakage(fault[5:])
            self.server.script(DETAIL, broken, when=lambda asked: asked.number > started + 1)
        elif fault in ("cut", "denied_midway"):
            self.break_off(DETAIL, fault, after=2)
        elif fault == "loop":
            if self.shape == "a":
                return False  # its list has no pages
            self.api.records = [*self.api.records, *self.api.records, *self.api.records]
            self.loop(SEARCH)
        elif fault in ("truncated", "short"):
            self.server.script(DETAIL, faults.truncated if fault == "truncated" else self._short, times=None)
        else:
            return self.fail(SEARCH, fault)
        return True

    def _short(self, asked, handler) -> Answer:
        return faults.altered(lambda answer: answer[:-1])(asked, handler)


class TestPagedList(ConnectorConformance):
    provider = Paged

    def test_a_fingerprint_changes_with_the_rows_only(self, source):
        """Only the list tells whether anything changed, and that is the read itself."""
        source.serve(table(5))

        assert source.made().fingerprint(source.request()).value == ""


class Flat(Paged):
    shape = "a"
    many = 0  # one answer holds the whole list, on both sides


class TestFlatList(TestPagedList):
    provider = Flat

    def test_a_cursor_brings_what_changed_and_nothing_is_lost(self, source):
        """modifiedSince is a day: what changed on the day of the cursor comes once more."""
        source.serve(table(30))
        first = source.read(incremental=True)
        later = table(4, first=29, day=2)
        source.serve(of_rows([*table(28).listed(), *later.listed()], table(1)))
        second = source.read(incremental=True, cursor=first.cursor)
        source.serve(of_rows([*table(28).listed(), *later.listed()], table(1)))
        third = source.read(incremental=True, cursor=second.cursor)

        assert set(later.listed()) <= set(second.rows)
        assert set(third.rows) == set(later.listed())
