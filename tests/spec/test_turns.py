"""A delivery of changes that waits for review must not be passed over by the next one."""

from __future__ import annotations

import pytest

from tests.spec.conftest import AGENCY, TENANT, Project

REVIEWED = AGENCY.replace(
    "    properties:\n",
    "    customProperties: [{property: review, value: required}]\n    properties:\n",
)
PARTIAL = "    system: csv\n    mode: partial\n"


def test_review_of_changes_asks_for_every_delivery_in_its_turn(project: Project) -> None:
    project.tenant(text=TENANT.replace("    system: csv\n", PARTIAL), agency=REVIEWED)

    [error] = project.load().errors

    assert "'agency' asks for review" in error.problem
    assert "pick: all" in str(error.fix)
    assert error.line == 7


@pytest.mark.parametrize(
    ("source", "agency"),
    [(PARTIAL, AGENCY), ("    system: csv\n", REVIEWED)],
)
def test_changes_without_review_and_snapshots_with_it_may_be_the_newest(
    project: Project, source: str, agency: str
) -> None:
    project.tenant(text=TENANT.replace("    system: csv\n", source), agency=agency)

    assert project.load().errors == ()


def test_all_deliveries_in_their_turn_may_wait_for_review(project: Project) -> None:
    text = TENANT.replace("    system: csv\n", PARTIAL)
    project.tenant(text=text.replace('{path: "{state}"}', '{path: "{state}", pick: all}'), agency=REVIEWED)

    assert project.load().errors == ()
