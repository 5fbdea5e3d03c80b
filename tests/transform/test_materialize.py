"""What is built, in which invocations of dbt, and what is recorded. dbt is played by a function."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field

import pytest

from dagster_ingest.land.base import PartitionVersion
from dagster_ingest.transform import run
from dagster_ingest.transform.graph import Cohort, Node
from dagster_ingest.transform.materialize import Built, materialize
from dagster_ingest.transform.run import NodeResult

RAW, ALERT, SERVICE, PLACE = ("raw", "r"), ("elt", "alert"), ("elt", "service"), ("elt", "place")
OF_R = frozenset({"r"})
COHORT = Cohort(
    "elt",
    OF_R,
    (
        Node(PLACE, (RAW,), OF_R, "model.p.place", code="1"),
        Node(ALERT, (RAW,), OF_R, "model.p.alert", ("test.p.alert_unique.1",), "1", daily=True),
        Node(SERVICE, (ALERT, PLACE), OF_R, "model.p.service", code="1"),
    ),
)
ALL = {node.name for node in COHORT.models}


@dataclass
class Tenant:
    """A platform and its store. contents: table -> what dbt makes of it."""

    contents: dict[str, str]
    day: str = "2026-03-10"
    path: str = "t.duckdb"
    broken: set[str] = field(default_factory=set)
    stored: dict = field(default_factory=dict)
    invocations: list = field(default_factory=list)

    @property
    def variables(self):
        return {"tenant": "t", "as_of": self.day}

    @property
    def landing(self):
        return self

    def exclusive(self):
        return nullcontext()

    def dbt_project(self, layer):
        return layer

    def where(self, layer, state):
        return self.path

    def versions(self, state):
        return dict(self.stored)

    def content_versions(self, names, state):
        return {name: (self.contents[name[1]], 1) for name in names}

    def record(self, versions):
        self.stored |= {(v.layer, v.table): v for v in versions}

    def build(self, project, names, variables, path, *, on_node):
        self.invocations.append([name for name in names if name.startswith("model.")])
        return [
            NodeResult(name, "error" if name in self.broken else "success", 0.1, "broken") for name in names
        ]


@pytest.fixture
def tenant(monkeypatch):
    made = Tenant({"place": "p", "alert": "a", "service": "s"})
    made.stored[RAW] = PartitionVersion(*RAW, "TX", "load", "v", "file", 1, 1, "now")
    monkeypatch.setattr(run, "build", made.build)
    materialize(made, COHORT, ALL, "TX")
    assert made.invocations == [["model.p.place", "model.p.alert", "model.p.service"]]
    made.invocations.clear()
    return made


def test_what_is_current_is_left_alone(tenant):
    assert materialize(tenant, COHORT, ALL, "TX").models == {}
    assert tenant.invocations == []


def test_a_new_day_that_changes_nothing_costs_one_small_model_once(tenant):
    tenant.day = "2026-03-11"

    built = materialize(tenant, COHORT, ALL, "TX")

    assert tenant.invocations == [["model.p.alert"]]
    assert set(built.models) == {ALERT}
    assert set(built.tests) == {"test.p.alert_unique.1"}
    assert materialize(tenant, COHORT, ALL, "TX").models == {}


def test_a_new_day_that_changes_an_alert_reaches_what_shows_it(tenant):
    tenant.day = "2026-03-11"
    tenant.contents["alert"] = "none today"

    built = materialize(tenant, COHORT, ALL, "TX")

    assert tenant.invocations == [["model.p.alert"], ["model.p.service"]]
    assert set(built.models) == {ALERT, SERVICE}
    assert tenant.stored[ALERT].data_version == "none today"


def test_a_daily_model_that_fails_is_not_recorded_and_nothing_after_it(tenant):
    tenant.day = "2026-03-11"
    tenant.broken = {"model.p.alert"}
    before = dict(tenant.stored)

    built = materialize(tenant, COHORT, ALL, "TX")

    assert built.failed == {ALERT, SERVICE}
    assert tenant.stored == before
    tenant.broken = set()
    assert materialize(tenant, COHORT, ALL, "TX").failed == set()


def test_a_test_that_fails_keeps_its_model_unrecorded(tenant):
    tenant.stored[RAW] = PartitionVersion(*RAW, "TX", "load", "v2", "file", 1, 1, "now")
    tenant.broken = {"test.p.alert_unique.1"}
    before = tenant.stored[ALERT], tenant.stored[SERVICE]

    built = materialize(tenant, COHORT, ALL, "TX")

    assert built.failed == {ALERT, SERVICE}
    assert (tenant.stored[ALERT], tenant.stored[SERVICE]) == before
    assert "elt.alert: test alert_unique: broken" in built.explain()


def test_a_model_tells_its_time_and_its_statements_with_those_of_its_tests():
    built = Built(
        models={
            ALERT: NodeResult("model.p.alert", "success", 2.0, query="q1"),
            PLACE: NodeResult("model.p.place", "success", 1.0, query="q2"),
        },
        tests={"test.p.alert_unique.1": NodeResult("test.p.alert_unique.1", "pass", 0.5, query="q3")},
        tested={"test.p.alert_unique.1": COHORT.models[1]},
    )

    assert (built.seconds(ALERT), built.seconds(PLACE), built.seconds(SERVICE)) == (2.5, 1.0, 0)
    assert built.seconds() == 3.5
    assert (built.queries(ALERT), built.queries(PLACE)) == (("q1", "q3"), ("q2",))
