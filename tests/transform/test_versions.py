"""Out of date or not, and what a run must yield, from versions alone."""

from dataclasses import replace

from dagster_ingest.land.base import PartitionVersion
from dagster_ingest.transform.graph import Cohort, Node, TenantGraph
from dagster_ingest.transform.versions import (
    Demand,
    behind,
    due,
    inputs_digest,
    of_the_day,
    stage_version,
    to_run,
    whole_version,
)

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


TODAY, TOMORROW = {**VARS, "as_of": "2026-03-10"}, {**VARS, "as_of": "2026-03-11"}
DAILY = replace(NODES[X], daily=True)
CHILD = Node(("elt", "z"), (X,), frozenset({"a"}), "m.z", code="1")
BESIDE = Node(("elt", "w"), (A,), frozenset({"a"}), "m.w", code="1")
DAYS = Cohort("elt", frozenset({"a"}), (DAILY, CHILD, BESIDE))
MEMBERS = {node.name for node in DAYS.models}


def settled_today():
    versions = {A: settled()[A]}
    for node in DAYS.models:
        inputs = inputs_digest(node, TODAY, versions)
        versions[node.name] = PartitionVersion(
            *node.name, "TX", "load", f"v-{node.table}", inputs, 1, 1, "now"
        )
    return versions


def test_the_day_counts_for_daily_models_only():
    versions = settled_today()
    assert [node for node in DAYS.models if due(node, TODAY, versions)] == []
    assert [node for node in DAYS.models if due(node, TOMORROW, versions)] == [DAILY]


def test_what_was_made_for_another_day_is_not_behind():
    """A reader may show yesterday's state until the next run; it may not show half of a new one."""
    versions = settled_today()
    assert not behind(DAILY, TOMORROW, versions)
    assert behind(replace(DAILY, code="2"), TOMORROW, versions)


def test_on_a_new_day_the_daily_models_go_first_and_alone():
    versions = settled_today()
    assert of_the_day(DAYS, MEMBERS, TODAY, versions) == []
    assert of_the_day(DAYS, MEMBERS, TOMORROW, versions) == [DAILY]

    versions[X] = replace(versions[X], inputs=inputs_digest(DAILY, TOMORROW, versions))
    assert to_run(DAYS, MEMBERS, TOMORROW, versions) == []
    versions[X] = replace(versions[X], data_version="other")
    assert to_run(DAYS, MEMBERS, TOMORROW, versions) == [CHILD]


def test_with_new_data_all_go_together():
    versions = settled_today()
    versions[A] = replace(versions[A], data_version="new")
    assert of_the_day(DAYS, MEMBERS, TOMORROW, versions) == []
    assert to_run(DAYS, MEMBERS, TOMORROW, versions) == [DAILY, CHILD, BESIDE]


def test_a_new_day_asks_for_the_inputs_of_what_hangs_on_it():
    versions = settled_today()
    nodes = {A: NODES[A], **{node.name: node for node in DAYS.models}}
    known = {name: v.data_version for name, v in versions.items()}

    def needed(variables):
        found = Demand(TenantGraph(nodes, (DAYS,)), set(nodes), variables, versions, known.get)
        return {name for name in nodes if found.needed(name)}

    assert needed(TODAY) == set()
    assert needed(TOMORROW) == {A}


PLACES = Node(("enhanced", "places"), (S, ("stage", "not there")), code="1")
ENHANCED = GRAPH.with_enhanced([PLACES])


def enhanced_store():
    versions = settled()
    node = ENHANCED.nodes[PLACES.name]
    inputs = inputs_digest(node, VARS, versions)
    versions[node.name] = PartitionVersion(*node.name, "TX", "load", "v-places", inputs, 1, 1, "now")
    return versions


def enhanced_demand(versions, unsettled=()):
    known = {name: v.data_version for name, v in versions.items()}
    found = Demand(ENHANCED, set(ENHANCED.nodes), VARS, versions, known.get, frozenset(unsettled))
    return {name for name in ENHANCED.nodes if found.needed(name)}


def test_an_enhanced_table_hangs_on_the_stage_tables_that_there_are():
    node = ENHANCED.nodes[PLACES.name]
    assert (node.parents, node.raw) == ((S,), frozenset({"a", "b"}))
    assert ENHANCED.descendants([B]) == {Y, S, PLACES.name}
    assert ENHANCED.cohorts == GRAPH.cohorts


def test_what_is_enhanced_needs_its_inputs_when_it_is_behind_or_not_settled():
    versions = enhanced_store()
    assert enhanced_demand(versions) == set()
    assert enhanced_demand(versions, [PLACES.name]) == {A, B, X, Y, S}
    del versions[PLACES.name]
    assert enhanced_demand(versions) == {A, B, X, Y, S}


def test_the_whole_of_a_state_is_its_stage_and_what_is_enhanced_from_it():
    versions = enhanced_store()
    first = whole_version(ENHANCED, versions)
    assert whole_version(GRAPH, versions) == stage_version(GRAPH, versions) != first
    versions[PLACES.name] = replace(versions[PLACES.name], data_version="other")
    assert whole_version(ENHANCED, versions) not in (first, None)
    del versions[PLACES.name]
    assert whole_version(ENHANCED, versions) is None
