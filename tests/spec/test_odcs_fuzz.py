"""Whatever a file holds, reading it ends in a contract or in problems, never in another exception."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import yaml_rs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dagster_ingest.spec.odcs import read_contract
from dagster_ingest.spec.yamlfile import YamlError, YamlFile
from tests.spec.test_odcs import EVERYTHING

DOCUMENT = yaml_rs.loads(EVERYTHING, parse_datetime=False)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
)


def places(value: object, path: tuple = ()) -> list[tuple]:
    """Paths of all parts of a document below its top."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [p for key, part in parts for p in ((*path, key), *places(part, (*path, key)))]


PLACES = places(DOCUMENT)
FUZZ = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@FUZZ
@given(place=st.sampled_from(PLACES), value=VALUES)
def test_any_value_in_any_place_gives_a_contract_or_problems(
    tmp_path: Path, place: tuple, value: object
) -> None:
    document = copy.deepcopy(DOCUMENT)
    part = document
    for step in place[:-1]:
        part = part[step]
    part[place[-1]] = value
    path = tmp_path / "fuzzed.odcs.yaml"
    path.write_text(json.dumps(document))

    contract, problems = read_contract(path)

    assert (contract is None) == bool(problems)
    assert all(str(problem) for problem in problems)


@FUZZ
@given(text=st.text(alphabet=st.sampled_from("ab:-?[]{}&*!|>#'\"%@`, \n\t1~<"), max_size=60))
def test_any_text_gives_a_mapping_or_problems(tmp_path: Path, text: str) -> None:
    path = tmp_path / "fuzzed.yaml"
    path.write_text(text)

    data, problems = None, ()
    try:
        data = YamlFile(path).data
    except YamlError as error:
        problems = error.problems

    assert isinstance(data, dict) != bool(problems)
