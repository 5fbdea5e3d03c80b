"""The script that makes the outlines takes the one archive it is written for."""

import json
import runpy
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "deploy" / "areas" / "build.py"


def test_another_archive_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "us-atlas-3.0.1.tgz"
    archive.write_bytes(b"something else")

    with pytest.raises(SystemExit, match=r"is not us-atlas@3\.0\.1: its sha512 is"):
        runpy.run_path(str(SCRIPT))["read"](archive)


def test_what_is_kept_is_ordered_and_compact() -> None:
    shapes = {name: {"geometries": [{"id": "19"}, {"id": "06"}]} for name in ("counties", "states", "nation")}
    topology = {"type": "Topology", "bbox": [], "transform": {}, "objects": shapes, "arcs": [[[0, 0]]]}

    made = runpy.run_path(str(SCRIPT))["slim"](topology)

    kept = json.loads(made)
    assert list(kept) == ["type", "transform", "objects", "arcs"]
    assert list(kept["objects"]) == ["counties", "states"]
    assert [shape["id"] for shape in kept["objects"]["states"]["geometries"]] == ["06", "19"]
    assert b": " not in made
