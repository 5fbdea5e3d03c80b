"""Indices of one tenant: what there is, what they hold, made, swapped and removed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dagster_ingest.publish.documents.holding import Shown
from dagster_ingest.publish.opensearch.mappings import ORGANIZATIONS, index_body, shown_settings
from dagster_ingest.publish.opensearch.server import Server
from dagster_ingest.publish.opensearch.wanted import Collection, is_index_of

_PAGE = 5_000  # documents of one answer
_SAMPLE_PAGE = 200
_MARKS = ",".join(
    f"indices.*.{each}"
    for each in (
        "uuid", "shards.*.routing.primary", "shards.*.seq_no", "shards.*.commit.user_data.history_uuid"
    )
)  # fmt: skip
_KEPT = "2m"  # how long a server keeps a scan between two requests


@dataclass(frozen=True, slots=True)
class Mark:
    """How far an index has come.

    history  of the index and of each shard: another one where its writes were counted anew
    numbers  the greatest that a write took, by shard, from 0
    """

    history: tuple[str, ...]
    numbers: tuple[int, ...]

    @property
    def writes(self) -> int:
        return sum(self.numbers) + len(self.numbers)

    @property
    def told(self) -> list[list[Any]]:
        """As JSON gives it back."""
        return [list(self.history), list(self.numbers)]


class Shelf:
    def __init__(self, server: Server, tenant_id: str) -> None:
        self.server, self.tenant_id = server, tenant_id

    def aliases(self) -> dict[str, frozenset[str]]:
        """Every index of the tenant with its aliases."""
        found = self.server.find("GET", f"/{self.tenant_id}-*/_alias") or {}
        return {
            index: frozenset(about["aliases"])
            for index, about in found.items()
            if is_index_of(self.tenant_id, index)
        }

    def formats(self, indices: Iterable[str]) -> dict[str, str]:
        """Index to the format of mapping that it was made with."""
        names = ",".join(sorted(indices))
        found = self.server.ask("GET", f"/{names}/_mapping") if names else {}
        made = {index: about["mappings"].get("_meta", {}) for index, about in found.items()}
        return {index: meta.get("dagster_ingest", {}).get("format", "") for index, meta in made.items()}

    def create(self, index: str, kind: str, shards: int) -> None:
        self.server.ask("PUT", f"/{index}", index_body(kind, shards=shards))

    def open(self, indices: Iterable[str], replicas: int) -> None:
        """Give full indices their copies and refreshes."""
        for index in indices:
            self.server.ask("PUT", f"/{index}/_settings", shown_settings(replicas))

    def drop(self, indices: Iterable[str]) -> None:
        for index in sorted(indices):
            self.server.find("DELETE", f"/{index}")

    def refresh(self, indices: Iterable[str]) -> None:
        for index in sorted(indices):
            self.server.ask("POST", f"/{index}/_refresh")

    def swap(
        self, old: Mapping[str, str], new: Mapping[str, str], collections: Mapping[str, Collection]
    ) -> None:
        """Move all aliases in one call: nobody sees one language new and another old.

        Refused as a whole where another publisher moved one in between.
        """
        actions = [
            {"remove": {"index": index, "alias": alias, "must_exist": True}}
            for index, aliases in self.aliases().items()
            if index in old.values() and index not in new.values()
            for alias in sorted(aliases)
        ]
        actions += [
            {"add": {"index": index, "alias": alias}}
            for name, index in new.items()
            for alias in collections[name].aliases
        ]
        self.server.ask("POST", "/_aliases", {"actions": actions})

    def exchange(self, old: Mapping[str, str], new: Mapping[str, str]) -> None:
        """Move all aliases back to indices that had them, in one call. By collection."""
        present = self.aliases()
        actions = [
            {"remove": {"index": index, "alias": alias, "must_exist": True}}
            for index in old.values()
            for alias in sorted(present.get(index, ()))
        ]
        for name, index in new.items():
            usual = ORGANIZATIONS if name == ORGANIZATIONS else f"{self.tenant_id}-{name}"
            had = present.get(old.get(name, ""), frozenset()) | {usual}
            actions += [{"add": {"index": index, "alias": alias}} for alias in sorted(had)]
        self.server.ask("POST", "/_aliases", {"actions": actions})

    def count(self, index: str, state: str | None = None) -> int:
        query = {"term": {"ingest.states": state}} if state else {"match_all": {}}
        return int(self.server.ask("POST", f"/{index}/_count", {"query": query})["count"])

    def marks(self, indices: Iterable[str]) -> dict[str, Mark]:
        """Of each index that says so in full. PublishError or AccessDenied where the server does not say."""
        names = ",".join(sorted(indices))
        if not names:
            return {}
        found = self.server.ask("GET", f"/{names}/_stats", None, {"level": "shards", "filter_path": _MARKS})
        return {
            index: Mark(
                (about["uuid"], *(shard["commit"]["user_data"]["history_uuid"] for shard in shards)),
                tuple(shard["seq_no"]["max_seq_no"] for shard in shards),
            )
            for index, about in found.get("indices", {}).items()
            if (shards := _primaries(about)) is not None
        }

    def shown(self, index: str) -> Iterator[tuple[str, Shown]]:
        """Every document of an index by key, without what it says."""
        for hits in self._scan(index, {"match_all": {}}, ["ingest"], _PAGE):
            for hit in hits:
                mark = hit["_source"]["ingest"]
                yield hit["_id"], Shown(mark["hash"], tuple(mark["states"]))

    def whole(self, index: str, query: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Key and document of all that match."""
        for hits in self._scan(index, query, True, _SAMPLE_PAGE):
            for hit in hits:
                yield hit["_id"], hit["_source"]

    def some(self, index: str, keys: list[str]) -> dict[str, dict[str, Any]]:
        """Documents by key, those that are there. Not more than a few hundred."""
        found = self.server.ask("POST", f"/{index}/_mget", {"ids": keys}) if keys else {"docs": []}
        return {doc["_id"]: doc["_source"] for doc in found["docs"] if doc.get("found")}

    def _scan(
        self, index: str, query: dict[str, Any], source: Any, page: int
    ) -> Iterator[list[dict[str, Any]]]:
        body = {"query": query, "_source": source, "size": page, "sort": ["_doc"]}
        answer = self.server.ask("POST", f"/{index}/_search", body, {"scroll": _KEPT})
        scroll = answer.get("_scroll_id")
        try:
            while hits := answer["hits"]["hits"]:
                yield hits
                again = {"scroll": _KEPT, "scroll_id": scroll}
                answer = self.server.ask("POST", "/_search/scroll", again)
                scroll = answer.get("_scroll_id", scroll)
        finally:
            self.server.find("DELETE", "/_search/scroll", {"scroll_id": [scroll]})


def _primaries(about: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """What is said of each shard in the order of their numbers; None where one does not say all of it."""
    found = []
    for _, copies in sorted(about.get("shards", {}).items(), key=lambda each: int(each[0])):
        primary: dict[str, Any] = next(
            (each for each in copies if each.get("routing", {}).get("primary")), {}
        )
        number = primary.get("seq_no", {})
        told = primary.get("commit", {}).get("user_data", {}).get("history_uuid")
        if told is None or number.get("max_seq_no") is None:
            return None
        if number["max_seq_no"] != number.get("local_checkpoint"):  # a write is still under way
            return None
        found.append(primary)
    return found if found and "uuid" in about else None
