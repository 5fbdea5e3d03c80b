"""A package that is made of the one before is the package that is made anew, byte for byte."""

import copy
import errno
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import xxhash

from dagster_ingest.errors import PublishError
from dagster_ingest.hsds import entities
from dagster_ingest.publish.hsds_package import HsdsPackageReader, manifest, nested, package, splice
from dagster_ingest.publish.hsds_package.reach import services_reached
from dagster_ingest.testing.stage import stage_partition
from tests.publish.hsds_package_rows import Changing


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Slices and blocks that a small package has several of."""
    monkeypatch.setattr(package, "_MANY", 1.0)
    monkeypatch.setattr(nested, "_SLICE", 3)
    monkeypatch.setattr(splice, "_BLOCK", 100)
    monkeypatch.setattr(manifest, "_BLOCK", 100)


@pytest.fixture
def spliced(monkeypatch):
    """How many services each file that was spliced took anew."""
    found, real = [], splice.write_spliced

    def write(*args, reached, **named):
        found.append(len(reached))
        return real(*args, reached=reached, **named)

    monkeypatch.setattr(splice, "write_spliced", write)
    return found


def given(rows, version, known="all"):
    """A partition. known: of which tables the version is told."""
    versions = {
        name: xxhash.xxh3_64_hexdigest(json.dumps(some, default=str).encode())
        for number, (name, some) in enumerate(rows.items())
        if known == "all" or (known == "some" and number % 2)
    }
    made = stage_partition(copy.deepcopy(rows), tenant="sample", state="IA", version=version)
    return replace(made, versions=versions)


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def shown(root):
    return HsdsPackageReader(root).folder("sample", "IA").resolve()


def kept(root):
    """Files of the package that is kept back; the manifest without how it was made."""
    for folder in (root / "sample" / "IA" / ".hsds_package").glob("p-*"):
        found = files(folder)
        listed = json.loads(found["manifest.json"])
        return {**found, "manifest.json": {**listed, "made": None}}
    return None


def anew(root, partition):
    HsdsPackageReader(root).publish(partition)
    return files(shown(root))


def everything(root):
    return b"".join(path.read_bytes() for path in root.rglob("*") if path.is_file())


# ---- the same bytes


@pytest.mark.parametrize("known", ["all", "some", "none"])
@pytest.mark.parametrize("seed", range(int(os.environ.get("CHANGES_SEEDS", "2"))))
def test_a_changed_package_is_what_a_bulk_gives(tmp_path, monkeypatch, spliced, seed, known):
    changing = Changing(12, seed)
    chain, other = HsdsPackageReader(tmp_path / "chain"), HsdsPackageReader(tmp_path / "other")
    for step in range(6):
        partition = given(changing.rows, f"v{step}", known)

        done = chain.apply(partition, allow_deletes=True)
        with monkeypatch.context() as patch:  # nothing is taken over by a writer who does not know the last
            patch.setattr(manifest, "writer", lambda step=step: f"writer {step}")
            counted = other.apply(partition, allow_deletes=True)

        assert files(shown(tmp_path / "chain")) == anew(tmp_path / f"bulk{step}", partition)
        assert kept(tmp_path / "chain") == kept(tmp_path / "other")
        assert done == counted or done.bytes == counted.bytes
        assert (done.details, done.rows) == (counted.details, counted.rows)
        assert chain.verify(partition).problems == ()
        left = everything(tmp_path / "chain")
        assert not [text for text in changing.lost if text.split("é")[0].encode() + b"\xc3" in left]
        changing.change()
    assert spliced
