"""iCarol's resources API on loopback, in the two shapes that public clients speak.

with FakeServer() as server:
    api = IcarolApi(records, shape="b", key="k-1").mount(server)
    ... read server.url + api.base ...
    api.records = records_of_the_next_day
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dagster_ingest.testing.http import Answer, Asked, Bearer, FakeServer

Record = dict[str, Any]
AT_A_TIME = 10
PAGE = 100


@dataclass
class IcarolApi:
    """records: as `GET /Resource` gives them, one for each record and language.

    shape   a: `{term, modifiedSince, takeALL}` answers a flat list of ids with type, stamp and language.
            b: `{database, term, resourceType, status, take, skip}` answers
            `{totalResultCount, results: [{resource}]}` in the language of the header Content-Language;
            every other filter is ignored without a word, modifiedSince among them.
    hidden  ids that the list shows and details do not have
    """

    records: Sequence[Record]
    shape: Literal["a", "b"] = "b"
    key: str = "a-key"
    base: str = "/v1"
    hidden: frozenset[int] = frozenset()

    def mount(self, server: FakeServer) -> IcarolApi:
        server.gate(Bearer(self.key))
        server.route(f"{self.base}/Resource/Search", self.search)
        server.route(f"{self.base}/Resource/Taxonomy", self.taxonomy)
        server.route(f"{self.base}/Resource", self.detail)
        return self

    def search(self, asked: Asked) -> Answer:
        if asked.method != "POST":
            return Answer.json({"message": "The requested resource does not support this method."}, 405)
        wanted = asked.json() or {}
        return self._flat(wanted) if self.shape == "a" else self._paged(asked, wanted)

    def detail(self, asked: Asked) -> Answer:
        """A list; a record by itself where one came of it."""
        ids = asked.params.get("id", [])
        if not ids or len(ids) > AT_A_TIME:
            return Answer.json({"message": f"Between 1 and {AT_A_TIME} ids, please."}, 400)
        known = [self.shown(r) for r in self.known(asked, ids) if r["id"] not in self.hidden]
        if len(known) == 1:
            return Answer.json(known[0])
        return Answer.json(known) if known else Answer.json({"message": "No such resource."}, 404)

    def known(self, asked: Asked, ids: Sequence[str]) -> Sequence[Record]:
        """Those of the ids that there are."""
        return [r for r in self._spoken(asked) if str(r["id"]) in ids]

    def listed(self, asked: Asked, wanted: dict[str, Any]) -> Sequence[Record]:
        """What the filters of shape b leave, in the order of the list."""
        return [r for r in self._spoken(asked) if _asked_for(r, wanted)]

    def shown(self, record: Record) -> Record:
        """A record as details show it."""
        return record

    def taxonomy(self, asked: Asked) -> Answer:
        """All terms in use, or the one of `?id=`."""
        terms = {t["code"]: t for r in self.records for t in r.get("taxonomy") or () if "code" in t}
        if code := asked.param("id"):
            found = terms.get(code)
            return Answer.json(found) if found else Answer.json({"message": "No such term."}, 404)
        return Answer.json(list(terms.values()))

    def _flat(self, wanted: dict[str, Any]) -> Answer:
        since = wanted.get("modifiedSince") or ""
        found = [r for r in self.records if str(r.get("modified") or "")[:10] >= since]
        names = ("id", "uniquePriorID", "databaseID", "modified", "cultureCode")
        entries = [{n: r.get(n) for n in names} | {"type": _listed(r)} for r in found]
        return Answer.json(entries if wanted.get("takeALL") else entries[:PAGE])

    def _paged(self, asked: Asked, wanted: dict[str, Any]) -> Answer:
        found = self.listed(asked, wanted)
        take = min(int(wanted.get("take") or 20), PAGE)
        skip = int(wanted.get("skip") or 0)
        page = [{"resource": {**r, "type": _listed(r)}} for r in found[skip : skip + take]]
        if wanted.get("namesOnly"):
            kept = ("id", "type", "names", "modified")
            page = [{"resource": {n: e["resource"].get(n) for n in kept}} for e in page]
        return Answer.json({"totalResultCount": len(found), "results": page})

    def _spoken(self, asked: Asked) -> list[Record]:
        """Shape b answers in one language; a in all."""
        if self.shape == "a":
            return list(self.records)
        language = asked.headers.get("content-language", "en")[:2].lower()
        return [r for r in self.records if str(r.get("cultureCode") or "en")[:2].lower() == language]


def _listed(record: Record) -> str:
    """Lists have a word of their own for programs at sites."""
    return "ServiceSite" if record["type"] == "ProgramAtSite" else record["type"]


def _asked_for(record: Record, wanted: dict[str, Any]) -> bool:
    term, kind, status = (str(wanted.get(n) or "*").lower() for n in ("term", "resourceType", "status"))
    names = " ".join(str(n.get("value")) for n in record.get("names") or ()).lower()
    return (
        (term == "*" or term in names)
        and kind in ("*", _listed(record).lower())
        and status in ("*", str(record.get("status")).lower())
    )
