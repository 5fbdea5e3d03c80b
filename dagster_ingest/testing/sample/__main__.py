"""Write the sample: `python -m dagster_ingest.testing.sample --out var/drops --day 1`."""

from __future__ import annotations

import argparse
from pathlib import Path

from dagster_ingest.testing.sample import DAYS, SEED, TENANTS, update, write


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m dagster_ingest.testing.sample", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the drops folder")
    parser.add_argument("--tenant", action="append", choices=TENANTS, help="only this one; may be repeated")
    parser.add_argument("--day", type=int, choices=DAYS, default=1, help="3: gulf/AL alone, mended")
    parser.add_argument("--fix", action="store_const", const=3, dest="day", help="the same as --day 3")
    parser.add_argument("--rows", type=int, help="at least so many for each tenant and state")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--edited", type=float, metavar="SHARE", help="day one again, this share edited")
    parser.add_argument("--canaries", type=Path, help="default: canaries.json beside the drops folder")
    given = parser.parse_args()
    if given.rows is not None and given.rows < 1:
        parser.error("--rows must be at least 1")
    if given.edited is not None:
        if not 0 <= given.edited <= 0.5:
            parser.error("--edited must be between 0 and 0.5")
        manifest = update(given.out, given.tenant, given.edited, given.rows, given.seed)
    else:
        listed = given.canaries or given.out.parent / "canaries.json"
        manifest = write(given.out, given.tenant, given.day, given.rows, given.seed, listed)
    for file in manifest.files:
        print(f"{file.rows:>9,}  {file.path}{f'!{file.member}' if file.member else ''}")
    print(f"{len(manifest.canaries):>9,}  canaries")


if __name__ == "__main__":
    main()
