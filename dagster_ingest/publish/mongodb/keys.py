"""The collections `resources` and `redirects`, as far as one tenant reaches."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from dagster_ingest.publish.documents import holding
from dagster_ingest.publish.documents.holding import Shown
from dagster_ingest.publish.mongodb.driver import (
    ASCENDING,
    GEOSPHERE,
    Database,
    DeleteOne,
    InsertOne,
    ReplaceOne,
    Result,
    UpdateOne,
    at_once,
    write,
)
from dagster_ingest.publish.mongodb.leading import Lead
from dagster_ingest.publish.mongodb.wanted import original_id

if TYPE_CHECKING:
    import polars as pl

RESOURCES = "resources"
_BATCH = 500
_RESOURCES = (
    (("tenant_id", ASCENDING), ("serviceAtLocationId", ASCENDING)),
    (("serviceAtLocationId", ASCENDING),),
    (("originalId", ASCENDING),),
    (("tenant_id", ASCENDING), ("ingest.states", ASCENDING)),
    (("location", GEOSPHERE),),
)
_REDIRECTS = ((("tenantId", ASCENDING), ("newId", ASCENDING)),)


class Resources:
    """Every filter here names the tenant."""

    def __init__(
        self, database: Database[dict[str, Any]], tenant_id: str, collection: str = RESOURCES
    ) -> None:
        self.database, self.tenant_id = database, tenant_id
        self.collection = database[collection]
        self.redirects = database["redirects"]
        self.session: Any = None  # of a transaction that is under way

    def at_once(self, told: Callable[[Any], None], work: Callable[[], Result]) -> Result:
        """`work` as one transaction; it may run more than once. `told` hears the session's id first."""

        def within(session: Any) -> Result:
            self.session = session
            try:
                return work()
            finally:
                self.session = None

        return at_once(self.database, told, within)

    def prepare(self) -> None:
        """The indexes that lookups need. What is there already stays."""
        for collection, wanted in ((self.collection, _RESOURCES), (self.redirects, _REDIRECTS)):
            there = {tuple(index["key"].items()) for index in collection.list_indexes()}
            for keys in wanted:
                if keys not in there:
                    collection.create_index(list(keys))

    def shown(self) -> pl.DataFrame:
        """What the tenant has; see documents.holding."""
        found = self.collection.find(self._own(), {"ingest": 1, "originalId": 1}, batch_size=5_000)
        return holding.held((d["_id"], _said(d)) for d in found)

    def some(self, keys: list[str]) -> dict[str, dict[str, Any]]:
        return {d["_id"]: d for d in self.collection.find(self._own(_id={"$in": keys}))}

    def all(self) -> Iterable[dict[str, Any]]:
        return self.collection.find(self._own())

    def foreign(self) -> bool:
        """Whether another tenant has documents here."""
        return self.collection.find_one({"tenant_id": {"$ne": self.tenant_id}}, {"_id": 1}) is not None

    def total(self) -> int:
        return self.collection.count_documents({})

    def count(self, state: str) -> int:
        return self.collection.count_documents(self._own(**{"ingest.states": state}))

    def put(self, document: dict[str, Any], token: int, *, new: bool) -> ReplaceOne:
        """Replaces what no later publisher wrote; makes it only where it was not there."""
        return ReplaceOne(self._older(document["_id"], token), _marked(document, token), upsert=new)

    def first(self, document: dict[str, Any], token: int) -> InsertOne:
        """Where nothing is yet and nobody else writes."""
        return InsertOne(_marked(document, token))

    def write(self, operations: list[Any]) -> int:
        return write(self.collection, operations, self.session)

    def remove(
        self, gone: dict[str, Shown], state: str, token: int, beat: Callable[[], None] = lambda: None
    ) -> None:
        """Take documents from a state; those of no other state are deleted."""
        for some in _chunks(gone.items()):
            beat()
            self.write([self._removal(key, each, state, token) for key, each in some])

    def leads(self) -> dict[str, Lead]:
        """The tenant's redirects, by old id."""
        own = {"tenantId": self.tenant_id}
        found = self.redirects.find(own, batch_size=5_000, session=self.session)
        return {d["_id"]: Lead(d["newId"], "ingest" in d) for d in found}

    def lead(self, standing: dict[str, Lead], wanted: dict[str, Lead]) -> set[str]:
        """Make the tenant's redirects those that are wanted. Old ids that another tenant has."""
        changed = {old: lead for old, lead in wanted.items() if standing.get(old) != lead}
        taken: set[str] = set()
        for some in _chunks(changed):
            other = {"_id": {"$in": some}, "tenantId": {"$ne": self.tenant_id}}
            others = self.redirects.find(other, session=self.session)
            taken |= {d["_id"] for d in others}
            if free := [old for old in some if old not in taken]:
                write(self.redirects, [self._redirection(old, wanted[old]) for old in free], self.session)
        for some in _chunks(old for old in standing if old not in wanted):
            unwanted = {"_id": {"$in": some}, "tenantId": self.tenant_id}
            self.redirects.delete_many(unwanted, session=self.session)
        return taken

    def _redirection(self, old: str, lead: Lead) -> ReplaceOne:
        document: dict[str, Any] = {"_id": old, "newId": lead.to, "tenantId": self.tenant_id}
        if lead.declared:
            document["ingest"] = {"declared": True}
        return ReplaceOne({"_id": old, "tenantId": self.tenant_id}, document, upsert=True)

    def forget(self, keys: Iterable[str]) -> None:
        """Remove redirects that lead to these."""
        for some in _chunks(keys):
            self.redirects.delete_many({"tenantId": self.tenant_id, "newId": {"$in": some}})

    def raise_tokens(self, token: int) -> None:
        """From now on a publisher that was overtaken finds nothing that it may replace."""
        self.collection.update_many(self._own(), {"$set": {"ingest.token": token}})

    def _removal(self, key: str, each: Shown, state: str, token: int) -> DeleteOne | UpdateOne:
        others = [s for s in each.states if s != state]
        if not others:
            return DeleteOne(self._older(key, token))
        return UpdateOne(self._older(key, token), {"$set": {"ingest.states": others, "ingest.token": token}})

    def _own(self, **more: Any) -> dict[str, Any]:
        # An id comes first: SecantusDB takes the first member that it has an index for.
        return {**more, "tenant_id": self.tenant_id}

    def _older(self, key: str, token: int) -> dict[str, Any]:
        return self._own(_id=key, **{"ingest.token": {"$lte": token}})


def _marked(document: dict[str, Any], token: int) -> dict[str, Any]:
    return {**document, "ingest": {**document["ingest"], "token": token}}


def _said(document: dict[str, Any]) -> Shown:
    mark = document.get("ingest") or {}
    return Shown(mark.get("hash", ""), tuple(mark.get("states", ())), original_id(document))


def _chunks(items: Iterable[Any]) -> Iterable[list[Any]]:
    chunk = []
    for item in items:
        chunk.append(item)
        if len(chunk) == _BATCH:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
