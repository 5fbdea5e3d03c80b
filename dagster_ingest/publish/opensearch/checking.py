"""Counts, and a sample of documents read back."""

from __future__ import annotations

import random
from collections.abc import Mapping

from dagster_ingest.publish.base import Verified
from dagster_ingest.publish.documents import digest, said
from dagster_ingest.publish.opensearch.shelf import Shelf

_SAMPLE = 25  # documents of each collection


def check(
    shelf: Shelf,
    indices: Mapping[str, str],
    state: str,
    own: Mapping[str, Mapping[str, str]],
    totals: Mapping[str, int] | None = None,
) -> Verified:
    """Compare with `own`: collection to key to digest. `totals`: documents of all states, where known."""
    counts, problems, sampled = {}, [], 0
    for name, keys in own.items():
        index = indices[name]
        counts[name] = shelf.count(index, state)
        if counts[name] != len(keys):
            problems.append(f"{name} has {counts[name]} documents of {state} and not {len(keys)}")
        if totals is not None and (held := shelf.count(index)) != totals[name]:
            problems.append(f"{name} has {held} documents in all and not {totals[name]}")
        drawn = random.Random(index).sample(sorted(keys), min(_SAMPLE, len(keys)))
        found = shelf.some(index, drawn)
        sampled += len(drawn)
        for key in drawn:
            if digest(said(found.get(key, {}))) != keys[key]:
                problems.append(f"{name} shows another document {key}")
    return Verified(counts, sampled, tuple(problems))
