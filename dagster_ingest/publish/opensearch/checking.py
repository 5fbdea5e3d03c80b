"""Counts, and a sample of documents read back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dagster_ingest.publish.base import Verified
from dagster_ingest.publish.documents import digest, said
from dagster_ingest.publish.opensearch.shelf import Shelf

if TYPE_CHECKING:
    from dagster_ingest.publish.documents.keys import Keys

_SAMPLE = 25  # documents of each collection


def check(
    shelf: Shelf,
    indices: Mapping[str, str],
    state: str,
    own: Mapping[str, Keys],
    totals: Mapping[str, int] | None = None,
) -> Verified:
    """Compare with what the state shall show. totals: documents of all states, where they are known."""
    counts, problems, sampled = {}, [], 0
    for name, keys in own.items():
        index = indices[name]
        counts[name] = shelf.count(index, state)
        if counts[name] != len(keys):
            problems.append(f"{name} has {counts[name]} documents of {state} and not {len(keys)}")
        if totals is not None and (held := shelf.count(index)) != totals[name]:
            problems.append(f"{name} has {held} documents in all and not {totals[name]}")
        drawn = keys.drawn(_SAMPLE)
        found = shelf.some(index, list(drawn))
        sampled += len(drawn)
        for key, told in drawn.items():
            if digest(said(found.get(key, {}))) != told:
                problems.append(f"{name} shows another document {key}")
    return Verified(counts, sampled, tuple(problems))
