"""Lineages of tables as JSON: each column is spelled once, and everything else counts it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from dagster_ingest.transform.relation import Leaf, Leaves, Made, Table, Traced


def to_text(found: Mapping[Table, Traced]) -> str:
    numbers: dict[Leaf, int] = {}

    def spelled(leaves: Leaves) -> list[int]:
        return [numbers.setdefault(leaf, len(numbers)) for leaf in sorted(leaves)]

    tables = [
        {
            "table": table,
            "columns": {
                name: [spelled(made.value), spelled(made.choice)] for name, made in traced.columns.items()
            },
            "rows": spelled(traced.rows),
            "inputs": sorted(traced.inputs),
            "unresolved": traced.unresolved,
        }
        for table, traced in found.items()
    ]
    return json.dumps({"leaves": list(numbers), "tables": tables})


def from_text(text: str) -> dict[Table, Traced]:
    document = json.loads(text)
    leaves = [(layer, table, column) for layer, table, column in document["leaves"]]

    def named(numbers: Iterable[int]) -> Leaves:
        return frozenset(leaves[number] for number in numbers)

    return {
        (entry["table"][0], entry["table"][1]): Traced(
            {name: Made(named(v), named(c)) for name, (v, c) in entry["columns"].items()},
            named(entry["rows"]),
            frozenset((layer, table) for layer, table in entry["inputs"]),
            tuple(entry["unresolved"]),
        )
        for entry in document["tables"]
    }
