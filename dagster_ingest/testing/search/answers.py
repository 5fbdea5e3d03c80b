"""A request with the hits that it has to have, and what is wrong with an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

_ROUNDED = 1e-3


@dataclass(frozen=True, slots=True)
class Question:
    """name: what is asked.

    hits    ids in their order, or as a set; None: only `total` and `counts` are looked at
    total   of all pages; None: as many as there are hits
    counts  how often each value stands, by aggregation
    absent  members that no hit may show; given as a parameter of the request, as applications do
    rising  a number of each record that never falls from hit to hit, but for what servers round
    """

    name: str
    body: dict[str, Any]
    hits: Sequence[str] | frozenset[str] | None
    total: int | None = None
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    rising: Mapping[str, float] = field(default_factory=dict)

    @property
    def params(self) -> dict[str, str]:
        return {"_source_excludes": ",".join(self.absent)} if self.absent else {}

    def wrong(self, answer: Mapping[str, Any]) -> list[str]:
        """Differences between an answer of `_search` and what has to be; empty if there are none."""
        found = answer["hits"]["hits"]
        ids = [hit["_id"] for hit in found]
        said = []
        if self.hits is not None:
            if isinstance(self.hits, frozenset):
                missing, extra = self.hits - set(ids), set(ids) - self.hits
                if missing or extra or len(ids) != len(set(ids)):
                    said.append(f"not found: {sorted(missing)}, found too much: {sorted(extra)}")
            elif ids != list(self.hits):
                said.append(f"in the order {ids} and not {list(self.hits)}")
        total = answer["hits"]["total"]["value"]
        expected = self.total if self.total is not None else len(self.hits or ())
        if total != expected and not (self.hits is None and self.total is None):
            said.append(f"{total} in all and not {expected}")
        if self.rising:
            ranks = [self.rising[each] for each in ids]
            said += [f"{b} after {a}" for a, b in pairwise(ranks) if b < a - _ROUNDED]
        for name, wanted in self.counts.items():
            buckets = {b["key"]: b["doc_count"] for b in answer["aggregations"][name]["buckets"]}
            if buckets != dict(wanted):
                said.append(f"{name} counts {buckets} and not {dict(wanted)}")
        if shown := sorted({member for hit in found for member in self.absent if member in hit["_source"]}):
            said.append(f"hits show {shown}")
        return said
