"""What datacontract-cli ships to start from: its templates load, or say of every rule why not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dagster_ingest.spec.odcs import read_contract
from tests.contracts_elsewhere.conftest import ROOT

pytestmark = pytest.mark.datacontract


@pytest.fixture(scope="module")
def shipped(ask_datacontract) -> Path:
    """The package's folder, read where it is installed."""
    return next((ROOT / ".dcenv" / "lib").glob("python3.*/site-packages/datacontract"))


def problems_of(path: Path) -> list[tuple[int | None, str]]:
    contract, problems = read_contract(path)
    assert (contract is None) == bool(problems)
    return [(p.line, p.problem) for p in problems]


def test_the_template_describes_no_table_yet(shipped):
    template = next((shipped / "schemas").glob("odcs-*.init.yaml"))

    assert problems_of(template) == [(1, "a contract describes one table, not 0")]


def test_the_template_with_all_that_it_offers_is_refused_by_line(shipped, tmp_path):
    template = next((shipped / "schemas").glob("odcs-*.init.yaml")).read_text()
    offered = tmp_path / "contract.odcs.yaml"
    offered.write_text(re.sub(r"^#", "", template, flags=re.MULTILINE))

    assert [problem for _, problem in problems_of(offered)] == [
        "'latency' needs an element to look at",
        "the value is not a number above 0",
        "the SLA property 'availability' cannot be executed",
    ]


@pytest.mark.parametrize("version", ["1.1.0", "1.2.0", "1.2.1"])
def test_the_template_of_the_older_specification_is_no_odcs(shipped, version):
    found = problems_of(shipped / "schemas" / f"datacontract-{version}.init.yaml")

    assert any("dataContractSpecification" in problem for _, problem in found)
