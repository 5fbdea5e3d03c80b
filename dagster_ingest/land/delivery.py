"""What a part says of the delivery that it was made from: enough to hand its rows over once more."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

KEY = b"dagster_ingest.delivery"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A source's delivery of one table for one state, as one load read it.

    load_id  the load that read it from the source; a replay of it keeps this one
    columns  all headings as the source spells them, in its order
    files    source uri to the headings of that file, in the order of reading
    rows     records of this state that the load counted, refused ones included
    made_by  what decided which records were taken and how: a replay compares it with the present
    keys     of a partial delivery the raw key columns; a full one says of every row whether it is there
    base     of a replay the load whose rows were taken; it must still stand when the replay commits
    removes  whether the source also named rows that are gone; their keys are not kept
    """

    load_id: str
    columns: tuple[str, ...] = ()
    files: dict[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    rows: int = 0
    made_by: dict[str, Any] = field(default_factory=dict, hash=False)
    keys: tuple[str, ...] = ()
    base: str = ""
    removes: bool = False

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | bytes) -> Delivery:
        said = json.loads(text)
        lists = {name: tuple(said[name]) for name in ("columns", "keys")}
        files = {uri: tuple(headings) for uri, headings in said["files"].items()}
        return cls(**{**said, **lists, "files": files})


def of_part(path: Path) -> Delivery | None:
    """The delivery of a part; None for one that was written before parts told it."""
    import pyarrow.parquet as pq

    said = (pq.read_metadata(path).metadata or {}).get(KEY)
    return Delivery.from_json(said) if said is not None else None
