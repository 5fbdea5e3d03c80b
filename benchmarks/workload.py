"""The generated input: a resource export of 20 columns, its contract of 19 rules, its tenant.

About 357 bytes a row. One row in a hundred breaks a rule, so that quarantine has work to do.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

CHUNK = 250_000
VERSION = 1  # raise it when the rows change: cached files are named by it
STATE = "IA"
_WORDS = (
    "help", "for", "families", "with", "meals", "rent", "care", "advice", "training", "and", "a", "warm",
    "place", "near", "the", "station",
)  # fmt: skip
_CATEGORIES = ["Food", "Housing", "Health", "Income", "Transport", "Legal", "Youth", "Elders"]


def csv_file(cache: Path, rows: int, *, changed: float = 0.0) -> Path:
    """The export with `rows` rows, `changed` of them other than in the plain one. Made once."""
    path = cache / f"resource-v{VERSION}-{rows}-{changed:g}.csv"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            for start in range(0, rows, CHUNK):
                frame = _frame(start, min(CHUNK, rows - start), changed)
                frame.write_csv(file, include_header=start == 0)
        part.rename(path)
    return path


def tenant(folder: Path, tables: Sequence[str]) -> None:
    """A tenant `bench` with one CSV source of `tables`, under `folder`/tenants."""
    import yaml

    home = folder / "tenants" / "bench"
    shutil.rmtree(home, ignore_errors=True)
    (home / "contracts").mkdir(parents=True)
    policy = {"on_reject": "quarantine", "max_share": 0.2}
    document = {
        "tenant": "bench",
        "display_name": "Benchmark",
        "owners": ["team:bench"],
        "cost": {"cost_center": "bench"},
        "states": [STATE],
        "sources": {
            "csv": {
                "system": "csv",
                "state": {"by": "whole"},
                "tables": {table: {"policy": policy} for table in tables},
            }
        },
        "freshness": {"fail": "36h"},
        "publish": [{"reader": "hsds_package"}],
    }
    (home / "tenant.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
    for table in tables:
        text = yaml.safe_dump(contract(table), sort_keys=False)
        (home / "contracts" / f"{table}.odcs.yaml").write_text(text)


def contract(table: str) -> dict[str, Any]:
    """An ODCS document of 20 columns and 19 rules."""
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": f"bench-{table}",
        "name": table,
        "version": "1.0.0",
        "status": "active",
        "schema": [
            {
                "name": table,
                "logicalType": "object",
                "quality": [{"metric": "rowCount", "mustBeGreaterOrEqualTo": 1, "severity": "error"}],
                "properties": [_property(name, **more) for name, more in _PROPERTIES.items()],
            }
        ],
    }


def _property(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "logicalType": "string", **more}


def _text(**options: Any) -> dict[str, Any]:
    return {"logicalTypeOptions": options}


def _typed(kind: str, **options: Any) -> dict[str, Any]:
    return {"logicalType": kind, **({"logicalTypeOptions": options} if options else {})}


_PROPERTIES: dict[str, dict[str, Any]] = {
    "id": {"required": True, "primaryKey": True, "primaryKeyPosition": 1},
    "agency_id": _text(pattern="^A[0-9]{6}$"),
    "name": {"required": True, **_text(maxLength=200)},
    "alternate_name": {},
    "description": _text(maxLength=2000),
    "address": {},
    "city": {},
    "state": {
        "required": True,
        "quality": [
            {"metric": "invalidValues", "arguments": {"validValues": ["IA", "NE", "MO", "KS"]}, "mustBe": 0}
        ],
    },
    "zip": _text(pattern="^[0-9]{5}(-[0-9]{4})?$"),
    "latitude": _typed("number", minimum=-90, maximum=90),
    "longitude": _typed("number", minimum=-180, maximum=180),
    "phone": _text(pattern="^[0-9]{3}-[0-9]{3}-[0-9]{4}$"),
    "url": {},
    "email": _text(pattern="^[^@ ]+@[^@ ]+$"),
    "category": {},
    "created": _typed("date", format="yyyy-MM-dd"),
    "updated": _typed("date", format="yyyy-MM-dd"),
    "active": _typed("boolean"),
    "verified": {},
    "note": {},
}


def _frame(start: int, count: int, changed: float):
    import polars as pl

    halves = [_sentence(i) for i in range(2000)]
    i = pl.int_range(start, start + count, dtype=pl.UInt64)
    frame = pl.select(i.alias("i"))

    def pick(seed: int, below: int) -> pl.Expr:
        return pl.col("i").hash(seed) % below

    def some(values: list[str], seed: int) -> pl.Expr:
        return pl.lit(pl.Series(values)).gather(pick(seed, len(values)))

    def day(seed: int) -> pl.Expr:
        return (pl.date(2019, 1, 1) + pl.duration(days=pick(seed, 2500).cast(pl.Int64))).cast(pl.String)

    def maybe(value: pl.Expr, seed: int, share: float) -> pl.Expr:
        return pl.when(pick(seed, 1000) >= int(share * 1000)).then(value)

    bad = pick(99, 100) == 0
    touched = pick(98, 10_000) < int(changed * 10_000)
    number = pl.col("i").cast(pl.String).str.zfill(8)
    return frame.select(
        id=pl.concat_str(pl.lit("R"), number),
        agency_id=pl.format("A{}", pick(1, 20_000).cast(pl.String).str.zfill(6)),
        name=pl.format("{} Resource Centre {}", some(_CATEGORIES, 2), number),
        alternate_name=maybe(pl.format("Centre of {}", some(_CATEGORIES, 3)), 4, 0.5),
        description=pl.format("{} {}{}.", some(halves, 5), some(halves, 6), number),
        address=pl.format("{} North Example Street", pick(7, 9000)),
        city=pl.format("Sampletown {}", pick(8, 400)),
        state=some(["IA", "NE", "MO", "KS"], 9),
        zip=pl.when(bad).then(pl.lit("n/a")).otherwise((pick(10, 90_000) + 10_000).cast(pl.String)),
        latitude=(40 + pick(11, 4_000_000) / 1e6).round(6).cast(pl.String),
        longitude=(-96 + pick(12, 6_000_000) / 1e6).round(6).cast(pl.String),
        phone=pl.format("515-555-{}", pick(13, 10_000).cast(pl.String).str.zfill(4)),
        url=maybe(pl.format("https://www.example.org/resources/{}", number), 14, 0.3),
        email=maybe(pl.format("intake{}@example.org", number), 15, 0.4),
        category=some(_CATEGORIES, 16),
        created=day(17),
        updated=day(18),
        active=some(["true", "false"], 19),
        verified=some(["Yes", "No", ""], 20),
        note=pl.when(touched)
        .then(pl.lit("changed since yesterday"))
        .otherwise(maybe(some(halves, 21), 22, 0.8)),
    )


def _sentence(number: int) -> str:
    import random

    chance = random.Random(number)
    text = ""
    while len(text) < 52:
        text += chance.choice(_WORDS) + " "
    return text.strip().capitalize()
