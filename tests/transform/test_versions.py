"""Out of date or not, and what a run must yield, from versions alone."""

from dataclasses import replace

from dagster_ingest.land.base import PartitionVersion
from dagster_ingest.transform.graph import Cohort, Node, TenantGraph
from dagster_ingest.transform.versions import Demand, behind, inputs_digest, stage_version, to_run

A, B = ("raw", "a"), ("raw", "b")
X, Y, S = ("elt", "x"), ("elt", "y"), ("stage", "s")
VARS = {"tenant": "t"}
NODES = {
    A: Node(A, raw=frozenset({"a"})),
    B: Node(B, raw=frozenset({"b"})),
    X: Node(X, (A,), frozenset({"a"}), "m.x", code="1"),
    Y: Node(Y, (A, B), frozenset({"a", "b"}), "m.y", code="1"),
    S: Node(S, (X, Y), frozenset({"a", "b"}), "m.s", code="1"),
}
GRAPH = TenantGraph(
    NODES,
    (
        Cohort("elt", frozenset({"a"}), (NODES[X],)),
        Cohort("elt", frozenset({"a", "b"}), (NODES[Y],)),
        Cohort("stage", frozenset({"a", "b"}), (NODES[S],)),
    ),
)


def settled():
    """A store in which everything is current."""
    versions = {}
    for name, node in NODES.items():
        inputs = inputs_digest(node, VARS, versions) if node.unique_id else "file"
        versions[name] = PartitionVersion(*name, "TX", "load", f"v-{name[1]}", inputs, 1, 1, "now")
    return versions


def demand(versions, selected=None, recorded=None):
    known = {name: v.data_version for name, v in versions.items()} | (recorded or {})
    return Demand(GRAPH, set(selected or NODES), VARS, versions, known.get)


def needed(versions, **how):
    found = demand(versions, **how)
    return {name for name in NODES if found.needed(name)}


def test_a_settled_store_needs_nothing():
    assert needed(settled()) == set()


def test_a_changed_raw_table_needs_every_input_of_the_steps_downstream():
    versions = settled()
    versions[B] = replace(versions[B], data_version="new")
    recorded = {B: "v-b"}
    assert needed(versions, recorded=recorded) == {A, B, X, Y}


def test_equal_content_stops_the_chain():
    versions = settled()
    versions[B] = replace(versions[B], load_id="another", inputs="another file")
    assert not behind(NODES[Y], VARS, versions)
    assert needed(versions) == set()


def test_a_lost_event_is_told_again():
    assert needed(settled(), recorded={X: None}) >= {X, A}


def test_work_outside_the_selection_asks_for_nothing():
    versions = settled()
    del versions[S]
    assert needed(versions, selected={A, B, X, Y}) == set()
    assert needed(versions) == {A, B, X, Y}


def test_other_code_or_variables_put_a_model_behind():
    versions = settled()
    assert behind(replace(NODES[X], code="2"), VARS, versions)
    assert behind(NODES[X], {"tenant": "u"}, versions)


def test_what_is_behind_takes_its_descendants_in_the_cohort_along():
    child = Node(("elt", "z"), (X,), frozenset({"a"}), "m.z", code="1")
    cohort = Cohort("elt", frozenset({"a"}), (NODES[X], child))
    versions = settled()
    versions[child.name] = replace(versions[X], table="z", inputs=inputs_digest(child, VARS, versions))
    assert to_run(cohort, {X, child.name}, VARS, versions) == []
    versions[A] = replace(versions[A], data_version="new")
    assert to_run(cohort, {X, child.name}, VARS, versions) == [NODES[X], child]


def test_a_stage_partition_has_a_version_once_it_is_whole():
    versions = settled()
    first = stage_version(GRAPH, versions)
    versions[S] = replace(versions[S], data_version="new")
    assert first is not None
    assert stage_version(GRAPH, versions) != first
    del versions[S]
    assert stage_version(GRAPH, versions) is None
