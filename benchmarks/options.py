"""How large and how often. The defaults are what results.json is made with."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Options:
    """rows of the export, tables of 1,000 rows, tenants x 200 tables of the graph, rounds of each job."""

    rows: int
    tables: int
    tenants: int
    rounds: int
    large: bool
    peers: bool
    only: tuple[str, ...]
    cache: Path
    save: bool

    @property
    def peer_python(self) -> Path | None:
        python = ROOT / ".benchenv" / "bin" / "python"
        return python if self.peers and python.exists() else None


def parse(names: tuple[str, ...]) -> Options:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--tables", type=int, default=200)
    parser.add_argument("--tenants", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--large", action="store_true", help="memory at ten times the rows as well")
    parser.add_argument("--no-peers", action="store_true", help="leave dlt and sling out")
    parser.add_argument("--only", nargs="*", choices=names, default=names)
    parser.add_argument("--cache", type=Path, default=ROOT / "var" / "bench")
    parser.add_argument("--no-save", action="store_true", help="print only, leave results.json as it is")
    given = parser.parse_args()
    return Options(
        rows=given.rows,
        tables=given.tables,
        tenants=given.tenants,
        rounds=given.rounds,
        large=given.large,
        peers=not given.no_peers,
        only=tuple(given.only),
        cache=given.cache.resolve(),
        save=not given.no_save,
    )
