"""The `http` connector holds what every connector has to hold: by pages of JSON, by ids, and
as CSV with linked pages."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from array import array
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import urlencode

from dagster_ingest.testing.connectors import ConnectorConformance
from dagster_ingest.testing.http import Answer, Bearer, Key, OAuth, faults
from dagster_ingest.testing.http.provider import ServerProvider
from dagster_ingest.testing.served import Table

PAGE = 50
TOKEN = "s3cret token/of=the&feed"


class HttpProvider(ServerProvider):
    """Rows lie in a file, so that the server's memory does not grow with them."""

    connector = "http"
    page = PAGE
    many = 30_000
    secrets: ClassVar = {"FEED_TOKEN": TOKEN}
    data: str = "/things"

    def mount(self) -> None:
        self.server.route("/things", self._pages)
        self.server.route("/ids", self._ids)
        self.server.gate(Bearer(TOKEN))

    def serve(self, table: Table) -> None:
        self._offsets, at = array("Q", [0]), 0
        digest = hashlib.sha256()
        with open(self.folder / "rows.jsonl", "wb") as file:
            for row in table.rows():
                line = json.dumps(dict(zip(table.columns, row, strict=True))).encode() + b"\n"
                at += file.write(line)
                digest.update(line)
                self._offsets.append(at)
        self._size, self._etag = at, digest.hexdigest()

    def settings(self, *, incremental: bool = False) -> dict[str, Any]:
        found: dict[str, Any] = {
            "url": self.server.url,
            "path": "/things",
            "records": "rows",
            "key": "ID",
            "auth": {"kind": "bearer", "token": {"secret": "FEED_TOKEN"}},
            "paging": {
                "kind": "offset",
                "param": "skip",
                "size_param": "take",
                "size": self._take,
                "total": "total",
            },
            "retry": {"first_wait": 0},
            "timeouts": {"read": 0.3},
            "fingerprint": {"by": "etag"},
        }
        if incremental:
            found["cursor"] = {"field": "changed_at", "param": "since", "overlap": "0s"}
            found["deletes"] = {"by": "id_list", "path": "/ids", "id": "", "paging": {}, "records": ""}
        return found

    def inject(self, fault: str) -> bool:
        if fault.startswith("once:"):
            self.server.script(self.data, self.breakage(fault[5:]), when=lambda asked: self._later(asked))
            return True
        if self.fail("/things", fault):
            return self.fail("/ids", fault)
        if fault in ("cut", "denied_midway"):
            self.break_off(self.data, fault, after=3 if fault == "cut" else 1)
        elif fault == "loop":
            self.loop(self.data)
        else:
            breakage = faults.truncated if fault == "truncated" else self._short
            self.server.script(self.data, breakage, times=None)
        return True

    @property
    def _count(self) -> int:
        return len(self._offsets) - 1

    @property
    def _take(self) -> int:
        return 1000 if self._size > 2**20 else PAGE

    def _later(self, asked) -> bool:
        return int(asked.param("skip", "0")) > 0

    def _short(self, asked, handler) -> Answer:
        return faults.altered(lambda answer: {**answer, "rows": answer["rows"][:-1]})(asked, handler)

    def _rows(self, start: int, end: int) -> list[dict]:
        end = min(end, self._count)
        with open(self.folder / "rows.jsonl", "rb") as file:
            file.seek(self._offsets[min(start, end)])
            return [json.loads(file.readline()) for _ in range(start, end)]

    def _pages(self, asked) -> Answer:
        skip, take = int(asked.param("skip", "0")), int(asked.param("take", "1000"))
        if asked.method == "HEAD":
            return Answer.json(None, etag=f'"{self._etag}"')
        if since := asked.param("since"):
            rows = [r for r in self._rows(0, self._count) if r["changed_at"] + "Z" >= since]
            return Answer.json({"rows": rows[skip : skip + take], "total": len(rows)})
        return Answer.json({"rows": self._rows(skip, skip + take), "total": self._count})

    def _ids(self, asked) -> Answer:
        return Answer.json([row["ID"] for row in self._rows(0, self._count)])


class TestHttpPages(ConnectorConformance):
    provider = HttpProvider


class ByIdProvider(HttpProvider):
    """A list of ids and stamps, details by ten, a key in the query."""

    page = 10
    many = 20_000
    data: str = "/details"

    def mount(self) -> None:
        super().mount()
        self.server.route("/list", self._listed)
        self.server.route("/details", self._details)
        self.server.gate(Key("key", TOKEN, query=True))

    def settings(self, *, incremental: bool = False) -> dict[str, Any]:
        found = super().settings(incremental=incremental)
        for name in ("records", "cursor", "deletes", "fingerprint"):
            found.pop(name, None)
        size = 100 if self._size > 2**20 else 10
        found |= {
            "path": "/list",
            "paging": {"kind": "offset", "param": "skip", "verify": "none"},
            "auth": {"kind": "key", "place": "query", "name": "key", "value": {"secret": "FEED_TOKEN"}},
            "details": {"path": "/details", "id": "id", "detail_id": "ID", "param": "id", "size": size},
            "concurrency": 2,
            "fingerprint": {"by": "probe"},
        }
        if incremental:
            found["cursor"] = {"field": "at", "overlap": "0s"}
            found["deletes"] = {"by": "id_list"}
        return found

    def inject(self, fault: str) -> bool:
        if self.fail("/list", fault):
            return True
        self.data = "/list" if fault == "loop" else "/details"
        return super().inject(fault)

    def _later(self, asked) -> bool:
        return asked.number > 1

    def _short(self, asked, handler) -> Answer:
        return faults.altered(lambda answer: answer[:-1])(asked, handler)

    def _listed(self, asked) -> Answer:
        """Pages of a thousand, so that the list is no large answer."""
        skip = int(asked.param("skip", "0"))
        rows = self._rows(skip, skip + 1000)
        return Answer.json([{"id": row["ID"], "at": row["changed_at"]} for row in rows])

    def _details(self, asked) -> Answer:
        wanted = set(asked.params["id"])
        first = int(asked.params["id"][0]) - int(self._rows(0, 1)[0]["ID"])
        rows = self._rows(max(0, first - 10), first + len(wanted) + 10)
        return Answer.json([row for row in rows if row["ID"] in wanted])


class TestHttpById(ConnectorConformance):
    provider = ByIdProvider


class CsvProvider(HttpProvider):
    """CSV with the next page in the Link header, the total in another, and OAuth tokens for five requests."""

    blank = ""

    def mount(self) -> None:
        super().mount()
        self.oauth = OAuth("feed", TOKEN, uses=5)
        self.server.route("/oauth/token", self.oauth.token)
        self.server.gate(self.oauth)

    def settings(self, *, incremental: bool = False) -> dict[str, Any]:
        found = super().settings(incremental=incremental)
        found["auth"] = {
            "kind": "oauth2",
            "token_url": f"{self.server.url}/oauth/token",
            "client_id": "feed",
            "client_secret": {"secret": "FEED_TOKEN"},
        }
        paging = {"kind": "link", "size_param": "take", "size": self._take, "total_header": "X-Total-Count"}
        found |= {"records": "", "paging": paging}
        if incremental:
            found["deletes"] = {"by": "id_list", "path": "/ids", "id": "ID", "paging": {}}
        return found

    @property
    def requests(self) -> int:
        return sum(asked.path != "/oauth/token" for asked in self.server.asked)

    def _short(self, asked, handler) -> Answer:
        answer = handler(asked)
        lines = answer.body.splitlines(keepends=True)
        return replace(answer, body=b"".join(lines[:-1]))

    def _csv(self, rows: list[dict], headings: list[str]) -> bytes:
        text = io.StringIO()
        writer = csv.DictWriter(text, headings, lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(rows)
        return text.getvalue().encode()

    def _pages(self, asked) -> Answer:
        whole = super()._pages(asked)
        if asked.method == "HEAD":
            return whole
        said = json.loads(whole.body)
        skip, take = int(asked.param("skip", "0")), int(asked.param("take", "1000"))
        headers = {"content-type": "text/csv", "x-total-count": str(said["total"])}
        if skip + take < said["total"]:
            kept = {name: values[-1] for name, values in asked.params.items()}
            headers["link"] = f'</things?{urlencode({**kept, "skip": skip + take})}>; rel="next"'
        return Answer(200, self._csv(said["rows"], list(self._rows(0, 1)[0]) if self._count else []), headers)

    def _ids(self, asked) -> Answer:
        ids = [{"ID": row["ID"]} for row in self._rows(0, self._count)]
        return Answer(200, self._csv(ids, ["ID"]), {"content-type": "text/csv"})


class TestHttpCsv(ConnectorConformance):
    provider = CsvProvider
