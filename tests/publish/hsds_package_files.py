"""Packages of a partition, and their files."""

from __future__ import annotations

import copy
import json
from dataclasses import replace

import xxhash

from dagster_ingest.publish.hsds_package import HsdsPackageReader
from dagster_ingest.testing.stage import stage_partition


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
    """Files of the package that is kept back."""
    for folder in (root / "sample" / "IA" / ".hsds_package").glob("p-*"):
        return contents(folder)
    return None


def contents(folder):
    """Files of a package; the manifest without how it was made."""
    found = files(folder)
    return {**found, "manifest.json": {**json.loads(found["manifest.json"]), "made": None}}


def anew(root, partition):
    HsdsPackageReader(root).publish(partition)
    return files(shown(root))
