"""Runs one target: on its seeds, on seeds spoiled at random, or guided by coverage under atheris.

A target is a module of `targets` with `seeds()`, bytes that come from the sample writers or are written by
hand, and `one(data)`, which must return for whatever bytes. What it raises is a find, as is a run of more
than `SECONDS`, or of more than `MEGABYTES` of memory.
"""

from __future__ import annotations

import importlib
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

NAMES = tuple(sorted(p.stem for p in (Path(__file__).parent / "targets").glob("[!_]*.py")))
SECONDS = 10
MEGABYTES = 2048
_ODD = (
    b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\xbd", b"\xc3", b"\xe2\x80\xa8", b"\\ud800", b"\n", b"\r",
    b'"', b"'", b"<", b">", b"]]>", b"<!DOCTYPE a [", b"&a;", b"[" * 200, b"{" * 200, b"1e999", b"NaN",
    b"9" * 5000, b"-0", b"%s", b"=1+1", b"0001-01-01T00:00:00+14:00", b"9999-12-31T23:59:59-14:00",
)  # fmt: skip


def load(name: str) -> ModuleType:
    return importlib.import_module(f"tests.fuzz.targets.{name}")


def spoiled(seeds: list[bytes], chance: random.Random) -> bytes:
    """A seed that was cut, doubled, mixed with another one or strewn with odd bytes."""
    data = chance.choice(seeds)
    for _ in range(chance.randint(1, 4)):
        at, to = sorted((chance.randint(0, len(data)), chance.randint(0, len(data))))
        near = min(len(data), at + chance.randint(0, 8))
        other = chance.choice(seeds)
        data = chance.choice(
            (
                data[:at] + data[to:],
                data[:at] + chance.choice(_ODD) + data[near:],
                data[:at] + bytes([chance.randrange(256)]) + data[near:],
                data[:to] + data[at:],
                data[:at] + other[min(at, len(other)) :],
            )
        )[:65_536]
    return data


def examples(name: str, count: int) -> Iterator[bytes]:
    """The seeds, then `count` spoiled ones: the same each time."""
    seeds = list(load(name).seeds())
    yield from seeds
    chance = random.Random(name)
    for _ in range(count):
        yield spoiled(seeds, chance)


def guided(name: str, corpus: Path, finds: Path, runs: int, seconds: int) -> None:
    """Never returns: libFuzzer ends the process, with an exit code other than 0 after a find."""
    import atheris

    with atheris.instrument_imports(include=["dagster_ingest", "defusedxml", "tests.fuzz"]):
        target = load(name)
        for data in target.seeds():  # what the product imports only where it uses it is instrumented, too
            target.one(data)
    corpus.mkdir(parents=True, exist_ok=True)
    finds.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(target.seeds()):
        (corpus / f"seed-{number}").write_bytes(data)
    options = [
        f"-runs={runs}", f"-max_total_time={seconds}", f"-timeout={SECONDS}", f"-rss_limit_mb={MEGABYTES}",
        f"-artifact_prefix={finds}/{name}-", "-max_len=16384", "-print_final_stats=1", "-verbosity=1",
    ]  # fmt: skip
    atheris.Setup([sys.argv[0], *options, str(corpus)], target.one)
    atheris.Fuzz()
