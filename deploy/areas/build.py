"""Make the outlines that the package ships, from us-atlas of the npm registry.

    python deploy/areas/build.py [--from us-atlas-3.0.1.tgz]

Without --from the archive is fetched with `npm pack`. Its digest is checked, so the result is the same
wherever it is made. us-atlas is made of the cartographic boundary files of the US Census Bureau (2017).
"""

from __future__ import annotations

import argparse
import base64
import gzip
import hashlib
import json
import subprocess
import tarfile
import tempfile
from pathlib import Path

PACKAGE = "us-atlas@3.0.1"
SHA512 = "wEIZCq0ImPvGblTd8gZMqNNCPkQshugMUG/8nkSWXb02+XqNFREg9atHOKP9w6prLZTpqcLhSvdBW81MkV3/0Q=="
MEMBER = "package/counties-10m.json"
LICENSE = "package/LICENSE"
OUT = Path(__file__).parents[2] / "dagster_ingest" / "enhance" / "areas" / "data"


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the outlines that the package ships.")
    parser.add_argument("--from", dest="archive", type=Path, help="the archive, instead of fetching it")
    parser.add_argument("--out", type=Path, default=OUT)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        archive = asked.archive or fetched(Path(folder))
        topology, licence = read(archive)
    asked.out.mkdir(parents=True, exist_ok=True)
    target = asked.out / "us.topojson.gz"
    target.write_bytes(gzip.compress(slim(topology), 9, mtime=0))
    (asked.out / "LICENSE.us-atlas.txt").write_bytes(licence)
    print(f"{target}: {target.stat().st_size:,} bytes")


def fetched(folder: Path) -> Path:
    subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return next(folder.glob("*.tgz"))


def read(archive: Path) -> tuple[dict, bytes]:
    """The topology and the licence text. Raises SystemExit where the archive is another one."""
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if digest != SHA512:
        raise SystemExit(f"{archive} is not {PACKAGE}: its sha512 is {digest}")
    with tarfile.open(archive) as members:
        topology, licence = members.extractfile(MEMBER), members.extractfile(LICENSE)
        if topology is None or licence is None:
            raise SystemExit(f"{archive} lacks {MEMBER} or {LICENSE}")
        return json.load(topology), licence.read()


def slim(topology: dict) -> bytes:
    """Counties and states, ordered by FIPS code, as compact JSON."""
    for name in ("counties", "states"):
        topology["objects"][name]["geometries"].sort(key=lambda geometry: geometry["id"])
    kept = {name: topology["objects"][name] for name in ("counties", "states")}
    slimmed = {
        "type": "Topology",
        "transform": topology["transform"],
        "objects": kept,
        "arcs": topology["arcs"],
    }
    return json.dumps(slimmed, separators=(",", ":"), ensure_ascii=False).encode()


if __name__ == "__main__":
    main()
