"""The sample: eight tenants' exports, invented, seeded, with every habit of their vendors.

`write` makes the deliveries of a day; `update` those in which a share of the records was edited, or
none: the same delivery again. Both are deterministic: the same arguments give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from dagster_ingest.testing.sample.canaries import Canary
from dagster_ingest.testing.sample.damage import BROKEN_RULES
from dagster_ingest.testing.sample.deliveries import Order, Written, deliver
from dagster_ingest.testing.sample.plan import DAYS, FIRST_DAY, TENANTS, Edit, day_edit

__all__ = [
    "BROKEN_RULES",
    "DAYS",
    "SEED",
    "TENANTS",
    "Canary",
    "Manifest",
    "Written",
    "read_canaries",
    "update",
    "write",
]

SEED = 7


@dataclass(frozen=True)
class Manifest:
    """What was written, and the canaries in it. Those of day two are already told on day one."""

    day: int
    files: tuple[Written, ...]
    canaries: tuple[Canary, ...]

    def rows(self, tenant: str, state: str | None = None) -> int:
        return sum(w.rows for w in self.files if w.tenant == tenant and state in (None, w.state))

    def private_on(self, day: int) -> tuple[Canary, ...]:
        """Canaries that no published store may hold after that day's deliveries were published."""
        return tuple(c for c in self.canaries if c.from_day <= day)


def write(
    drops: Path,
    tenants: Iterable[str] | None = None,
    day: int = 1,
    rows: int | None = None,
    seed: int = SEED,
    canaries: Path | None = None,
) -> Manifest:
    """Write a day's deliveries under `drops`, one folder for each tenant.

    day 1     everything
    day 2     an update of everything; gulf/AL breaks its contract, prairie/NE holds one stray value
    day 3     gulf/AL alone, mended
    rows      at least so many rows for each tenant and state; None: a small sample with every habit
    canaries  where to list the canaries; entries of the states written replace those of an earlier day
    """
    if day not in DAYS:
        raise ValueError(f"day {day} is not one of {DAYS}")
    edit = day_edit(day)
    if day == 3:
        wanted = [t for t in _wanted(tenants) if t == "gulf"]
        return _deliver(drops, wanted, edit, rows, seed, day, canaries, states=("AL",))
    return _deliver(drops, _wanted(tenants), edit, rows, seed, day, canaries, spoil=day == 2)


def update(
    drops: Path,
    tenants: Iterable[str] | None = None,
    share: float = 0.01,
    rows: int | None = None,
    seed: int = SEED,
    after: int = 1,
) -> Manifest:
    """Day one's deliveries once more with `share` of the records edited, dated `after` days later.

    share 0 gives the same delivery again: equal bytes under a new name.
    """
    if not 0 <= share <= 0.5:
        raise ValueError(f"share {share} is not between 0 and 0.5")
    if after < 1:
        raise ValueError(f"after {after} is not at least one day")
    edit = Edit(1, share, 0, 0, FIRST_DAY + timedelta(days=after), FIRST_DAY)
    return _deliver(drops, _wanted(tenants), edit, rows, seed, 1, None)


def _deliver(
    drops: Path,
    tenants: list[str],
    edit: Edit,
    rows: int | None,
    seed: int,
    day: int,
    canaries: Path | None,
    *,
    spoil: bool = False,
    states: tuple[str, ...] = (),
) -> Manifest:
    found: list[Canary] = []
    files = [
        written
        for tenant in tenants
        for written in deliver(Order(Path(drops), tenant, edit, rows, seed, spoil, states, found.append))
    ]
    manifest = Manifest(day, tuple(files), tuple(found))
    if canaries is not None:
        _list(canaries, manifest)
    return manifest


def _wanted(tenants: Iterable[str] | None) -> list[str]:
    wanted = list(TENANTS if tenants is None else tenants)
    unknown = sorted(set(wanted) - set(TENANTS))
    if unknown:
        raise ValueError(f"no sample tenant {', '.join(unknown)}; there are {', '.join(TENANTS)}")
    return wanted


def read_canaries(path: Path) -> tuple[Canary, ...]:
    entries = json.loads(path.read_text(encoding="utf-8"))["canaries"]
    return tuple(Canary(**{**entry, "needles": tuple(entry["needles"])}) for entry in entries)


def _list(path: Path, manifest: Manifest) -> None:
    fresh = {(c.tenant, c.state) for c in manifest.canaries}
    kept = [c for c in read_canaries(path) if (c.tenant, c.state) not in fresh] if path.exists() else []
    body = {"day": manifest.day, "canaries": [asdict(c) for c in (*kept, *manifest.canaries)]}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")
