"""The collections `resources` and `redirects`, as far as one tenant reaches."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from dagster_ingest.publish.mongodb.driver import (
    ASCENDING,
    GEOSPHERE,
    Database,
    DeleteOne,
    ReplaceOne,
    UpdateOne,
    write,
)

_BATCH = 500
_RESOURCES = (
    (("tenant_id", ASCENDING), ("serviceAtLocationId", ASCENDING)),
    (("serviceAtLocationId", ASCENDING),),
    (("originalId", ASCENDING),),
    (("tenant_id", ASCENDING), ("ingest.states", ASCENDING)),
    (("location", GEOSPHERE),),
)
_REDIRECTS = ((("tenantId", ASCENDING), ("newId", ASCENDING)),)


@dataclass(frozen=True, slots=True)
class Key:
    """Of one document: the digest of what it says, its states, and the record's id in the source."""

    hash: str
    states: tuple[str, ...]
    original: str | None


class Resources:
    """Every filter here names the tenant."""

    def __init__(self, database: Database[dict[str, Any]], tenant_id: str) -> None:
        self.database, self.tenant_id = database, tenant_id
        self.collection = database["resources"]
        self.redirects = database["redirects"]

    def prepare(self) -> None:
        """The indexes that lookups need. What is there already stays."""
        for collection, wanted in ((self.collection, _RESOURCES), (self.redirects, _REDIRECTS)):
            there = {tuple(index["key"].items()) for index in collection.list_indexes()}
            for keys in wanted:
                if keys not in there:
                    collection.create_index(list(keys))

    def shown(self) -> dict[str, Key]:
        """What the tenant has, by id."""
        found = self.collection.find(self._own(), {"ingest": 1, "originalId": 1}, batch_size=5_000)
        return {d["_id"]: _key(d) for d in found}

    def some(self, keys: list[str]) -> dict[str, dict[str, Any]]:
        return {d["_id"]: d for d in self.collection.find(self._own(_id={"$in": keys}))}

    def count(self, state: str) -> int:
        return self.collection.count_documents(self._own(**{"ingest.states": state}))

    def put(self, document: dict[str, Any], token: int, *, new: bool) -> ReplaceOne:
        """Replaces what no later publisher wrote; makes it only where it was not there."""
        marked = {**document, "ingest": {**document["ingest"], "token": token}}
        return ReplaceOne(self._older(document["_id"], token), marked, upsert=new)

    def remove(
        self, gone: dict[str, Key], state: str, token: int, beat: Callable[[], None] = lambda: None
    ) -> None:
        """Take documents from a state; those of no other state are deleted."""
        for some in _chunks(gone.items()):
            beat()
            write(self.collection, [self._removal(key, each, state, token) for key, each in some])

    def redirect(self, moved: dict[str, str], present: set[str]) -> int:
        """Lead old ids to new ones. An id that is shown leads nowhere else."""
        for old, new in moved.items():
            self.redirects.update_many({"tenantId": self.tenant_id, "newId": old}, {"$set": {"newId": new}})
            document = {"_id": old, "newId": new, "tenantId": self.tenant_id}
            self.redirects.replace_one({"_id": old, "tenantId": self.tenant_id}, document, upsert=True)
        back = [d["_id"] for d in self.redirects.find({"tenantId": self.tenant_id}) if d["_id"] in present]
        if back:
            self.redirects.delete_many({"tenantId": self.tenant_id, "_id": {"$in": back}})
        return len(moved)

    def forget(self, keys: Iterable[str]) -> None:
        """Remove redirects that lead to these."""
        for some in _chunks(keys):
            self.redirects.delete_many({"tenantId": self.tenant_id, "newId": {"$in": some}})

    def raise_tokens(self, token: int) -> None:
        """From now on a publisher that was overtaken finds nothing that it may replace."""
        self.collection.update_many(self._own(), {"$set": {"ingest.token": token}})

    def _removal(self, key: str, each: Key, state: str, token: int) -> DeleteOne | UpdateOne:
        others = [s for s in each.states if s != state]
        if not others:
            return DeleteOne(self._older(key, token))
        return UpdateOne(self._older(key, token), {"$set": {"ingest.states": others, "ingest.token": token}})

    def _own(self, **more: Any) -> dict[str, Any]:
        return {"tenant_id": self.tenant_id, **more}

    def _older(self, key: str, token: int) -> dict[str, Any]:
        return self._own(_id=key, **{"ingest.token": {"$lte": token}})


def _key(document: dict[str, Any]) -> Key:
    mark = document.get("ingest") or {}
    return Key(mark.get("hash", ""), tuple(mark.get("states", ())), document.get("originalId"))


def _chunks(items: Iterable[Any]) -> Iterable[list[Any]]:
    chunk = []
    for item in items:
        chunk.append(item)
        if len(chunk) == _BATCH:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
