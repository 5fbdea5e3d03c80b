"""Every change of the corpus has its expected classes, forwards and backwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dagster_ingest.evolution.changes import changes
from dagster_ingest.evolution.classify import TABLE, inverse
from dagster_ingest.spec.contract import Contract
from dagster_ingest.spec.odcs import read_contract
from tests.evolution.corpus import CLASSES, CORPUS, Case, Side


def compiled(side: Side, folder: Path, name: str) -> Contract:
    file = folder / f"{name}.odcs.yaml"
    file.write_text(json.dumps(side.document()))
    contract, problems = read_contract(file)
    assert contract, "\n".join(map(str, problems))
    return contract


def found(old: Contract, new: Contract) -> list[tuple[str, ...]]:
    return sorted((c.kind, c.effect.writers, c.effect.readers, c.effect.overall) for c in changes(old, new))


def expected(texts: tuple[str, ...]) -> list[tuple[str, ...]]:
    pairs = (text.split() for text in texts)
    return sorted((kind, *(CLASSES[letter] for letter in letters)) for kind, letters in pairs)


@pytest.fixture(params=CORPUS, ids=lambda case: case.name)
def pair(request, tmp_path) -> tuple[Case, Contract, Contract]:
    case = request.param
    return case, compiled(case.old, tmp_path, "old"), compiled(case.new, tmp_path, "new")


def test_a_change_has_its_classes(pair):
    case, old, new = pair

    assert found(old, new) == expected(case.forwards)


def test_a_change_taken_back_has_its_classes(pair):
    case, old, new = pair

    assert found(new, old) == expected(case.backwards)


def test_what_is_compatible_for_readers_of_a_change_is_so_for_writers_of_its_inverse(pair):
    _, old, new = pair
    there, back = changes(old, new), changes(new, old)

    for change in there:
        entry = TABLE.get(change.kind)
        if entry and not entry.mirrored:
            continue
        mirror = [c.effect for c in back if c.kind == inverse(change.kind)]
        swapped = (change.effect.readers, change.effect.writers)
        assert swapped in [(effect.writers, effect.readers) for effect in mirror]


def test_a_contract_does_not_differ_from_itself(pair):
    _, old, new = pair

    assert changes(old, old) == changes(new, new) == ()


def test_the_corpus_is_large_enough_and_names_nothing_twice():
    assert len(CORPUS) >= 60
    assert len({case.name for case in CORPUS}) == len(CORPUS)
