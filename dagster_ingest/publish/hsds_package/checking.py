"""A package as it stands on the disk, compared with its manifest and with the stage."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

from dagster_ingest.hsds import entities
from dagster_ingest.publish.base import StagePartition, Verified
from dagster_ingest.publish.hsds_package import manifest
from dagster_ingest.publish.hsds_package.difference import difference, shown_frames
from dagster_ingest.publish.hsds_package.frames import Frames, read_frames
from dagster_ingest.publish.hsds_package.members import SERVICES
from dagster_ingest.publish.hsds_package.nested import Nester

_SAMPLE = 25  # nested services


def verify(folder: Path, partition: StagePartition) -> Verified:
    """Checksums of all files, all rows of all tables, and a sample of nested services."""
    listed = manifest.read(folder)
    if listed is None:
        return Verified({}, 0, ("no whole package is shown",))
    folder, problems = folder.resolve(), []
    if listed["version"] != partition.version:
        problems.append(f"version {listed['version']} is shown and not {partition.version}")
    if damaged := manifest.damaged(folder, listed):
        problems.append(f"files are not what the manifest lists: {', '.join(damaged)}")
        return Verified({}, 0, tuple(problems))
    frames, shown = read_frames(partition), shown_frames(folder)
    counts = {name: frame.height for name, frame in shown.items() if frame.height}
    off = difference(shown, frames)
    for name in entities():
        if off.written.get(name):
            problems.append(f"{name} lacks or shows otherwise {off.written[name]} rows")
        if off.deleted.get(name):
            problems.append(f"{name} shows {off.deleted[name]} rows that the stage does not have")
    if not problems:
        problems += _services(folder, frames)
    sampled = min(_SAMPLE, frames["service"].height) + sum(counts.values())
    return Verified(counts, sampled, tuple(problems))


def _services(folder: Path, frames: Frames) -> Iterator[str]:
    """Lines of the nested form, made again from a few services and compared."""
    ids = frames["service"]["id"].to_list()
    drawn = sorted(random.Random(len(ids)).sample(range(len(ids)), min(_SAMPLE, len(ids))))
    some = frames.but({"service": frames["service"][drawn]})
    wanted = dict(zip(drawn, (line for part in Nester(some).services() for line in part), strict=True))
    with open(folder / SERVICES, encoding="utf-8", newline="\n") as file:
        for number, line in enumerate(file):
            if number in wanted and json.loads(line) != json.loads(wanted[number]):
                yield f"{SERVICES} shows another service {ids[number]}"
