"""The `dlt` connector holds what every connector has to hold: rest_api against a server on loopback."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from dagster_ingest.testing.connectors import ConnectorConformance
from dagster_ingest.testing.http import Answer, Bearer, faults
from dagster_ingest.testing.http.provider import ServerProvider
from dagster_ingest.testing.served import Table

PAGE = 50
TOKEN = "dlt s3cret/of=things"


class RestApiProvider(ServerProvider):
    """Rows lie in a file, so that the server's memory does not grow with them."""

    connector = "dlt"
    page = PAGE
    many = 30_000
    secrets: ClassVar = {"FEED_TOKEN": TOKEN}

    def mount(self) -> None:
        self.server.route("/things", self._answer)
        self.server.gate(Bearer(TOKEN))

    def serve(self, table: Table) -> None:
        self._offsets, self._stamps, at = [0], [], 0
        self._columns = table.columns
        with open(self.folder / "rows.jsonl", "wb") as file:
            for row in table.rows():
                at += file.write(json.dumps(dict(zip(table.columns, row, strict=True))).encode() + b"\n")
                self._offsets.append(at)
                self._stamps.append(row[-1] or "")

    def settings(self, *, incremental: bool = False) -> dict[str, Any]:
        size = PAGE if len(self._stamps) < 2_000 else 1_000
        pages = {"type": "offset", "limit": size, "offset_param": "skip", "limit_param": "take"}
        endpoint: dict[str, Any] = {"path": "things", "data_selector": "rows"}
        endpoint["paginator"] = pages | {"total_path": "total"}
        if incremental:
            endpoint["params"] = {"since": "{incremental.start_value}"}
            start = {"cursor_path": "changed_at", "initial_value": "2000"}
            endpoint["incremental"] = start
        token = {"type": "bearer", "token": {"secret": "FEED_TOKEN"}}
        resource = {"name": "things", "primary_key": "ID", "endpoint": endpoint}
        config = {"client": {"base_url": self.server.url, "auth": token}, "resources": [resource]}
        quick = {"attempts": 3, "wait_seconds": 0, "timeout_seconds": 0.5}
        columns = {"columns": list(self._columns)}
        return {"source": "rest_api", "config": config, "incremental": incremental, **quick, **columns}

    def inject(self, fault: str) -> bool:
        if fault.startswith("once:"):
            later = {"when": lambda asked: int(asked.param("skip", "0")) > 0}
            self.server.script("/things", self.breakage(fault[5:]), **later)
        elif fault in ("cut", "denied_midway"):
            self.break_off("/things", fault, after=3 if fault == "cut" else 1)
        elif fault == "loop":
            self.loop("/things")
        elif fault == "truncated":
            self.server.script("/things", faults.truncated, times=None)
        elif fault == "short":
            return False  # dlt takes a total as where to stop, and does not compare it
        else:
            return self.fail("/things", fault)
        return True

    def _answer(self, asked) -> Answer:
        skip, take = int(asked.param("skip", "0")), int(asked.param("take", "1000"))
        since = asked.param("since") or ""
        wanted = [n for n, stamp in enumerate(self._stamps) if stamp >= since]
        with open(self.folder / "rows.jsonl", "rb") as file:
            rows = [self._row(file, n) for n in wanted[skip : skip + take]]
        return Answer.json({"rows": rows, "total": len(wanted)})

    def _row(self, file, number: int) -> dict[str, Any]:
        file.seek(self._offsets[number])
        return json.loads(file.readline())


class TestDltRestApi(ConnectorConformance):
    provider = RestApiProvider
