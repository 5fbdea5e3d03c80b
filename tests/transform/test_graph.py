"""Cohorts: models that fail together run together, and nothing else stops with them."""

from dagster_ingest.transform.graph import tenant_graph

RAW = {("v", "a"): ["v_a"], ("v", "b"): ["v_b"], ("v", "c"): ["v_c"]}


def manifest(models, project="dbt_elt", ephemeral=(), tags=None, tests=(), calls=None, macros=None):
    """A manifest with what the graph reads.

    models  name -> inputs (model or source names)
    calls   model -> macros that it calls
    macros  macro -> macros that it calls
    """

    def uid(name):
        system, _, table = name.partition(".")
        return f"source.{project}.{system}.{table}" if table else f"model.{project}.{name}"

    nodes = {
        uid(name): {
            "resource_type": "model",
            "name": name,
            "alias": name,
            "tags": (tags or {}).get(name, []),
            "config": {"materialized": "ephemeral" if name in ephemeral else "incremental"},
            "checksum": {"checksum": name},
            "depends_on": {"macros": [f"macro.{project}.{m}" for m in (calls or {}).get(name, [])]},
        }
        for name in models
    }
    parents = {uid(name): [uid(i) for i in inputs] for name, inputs in models.items()}
    for name, model in tests:
        nodes[f"test.{project}.{name}"] = {
            "resource_type": "test",
            "name": name,
            "attached_node": uid(model),
            "config": {"materialized": "test"},
        }
    named = {i for inputs in models.values() for i in inputs if "." in i}
    return {
        "nodes": nodes,
        "sources": {uid(s): dict(zip(("source_name", "name"), s.split("."), strict=True)) for s in named},
        "parent_map": parents,
        "macros": {
            f"macro.{project}.{name}": {
                "macro_sql": name,
                "depends_on": {"macros": [f"macro.{project}.{m}" for m in called]},
            }
            for name, called in (macros or {}).items()
        },
    }


def code(found, table="x"):
    return tenant_graph({"dbt_elt": found}, RAW).nodes["elt", table].code


def test_models_with_equal_raw_ancestors_form_one_cohort():
    graph = tenant_graph(
        {"dbt_elt": manifest({"x": ["v.a"], "y": ["x"], "z": ["x", "v.b"], "w": ["v.c"]})}, RAW
    )
    cohorts = {frozenset(c.raw): [n.table for n in c.models] for c in graph.cohorts}
    assert cohorts == {
        frozenset({"v_a"}): ["x", "y"],
        frozenset({"v_c"}): ["w"],
        frozenset({"v_a", "v_b"}): ["z"],
    }


def test_a_cohort_stands_after_every_cohort_that_it_reads():
    graph = tenant_graph(
        {
            "dbt_elt": manifest({"x": ["v.a"], "z": ["x", "v.b"], "t": ["z", "v.c"]}),
            "dbt_stage": manifest({"x": ["elt.x"], "t": ["elt.t", "x"]}, project="dbt_stage"),
        },
        RAW,
    )
    seen = {node.name for node in graph.layer("raw")}
    for cohort in graph.cohorts:
        own = {node.name for node in cohort.models}
        assert all(parent in seen | own for node in cohort.models for parent in node.parents)
        seen |= own


def test_an_ephemeral_model_is_replaced_by_its_inputs_and_counts_in_the_code_digest():
    models = {"helper": ["v.a", "v.b"], "x": ["helper"]}
    graph = tenant_graph({"dbt_elt": manifest(models, ephemeral=["helper"])}, RAW)
    assert graph.nodes[("elt", "x")].parents == (("raw", "v_a"), ("raw", "v_b"))
    assert ("elt", "helper") not in graph.nodes
    changed = manifest(models, ephemeral=["helper"])
    changed["nodes"]["model.dbt_elt.helper"]["checksum"] = {"checksum": "other"}
    assert tenant_graph({"dbt_elt": changed}, RAW).nodes[("elt", "x")].code != graph.nodes[("elt", "x")].code


def test_models_of_systems_that_the_tenant_lacks_are_left_out():
    models = {"mine": ["v.a"], "other": ["o.t"], "union": ["mine", "other"]}
    tags = {"mine": ["system:v"], "other": ["system:o"]}
    graph = tenant_graph({"dbt_elt": manifest(models, tags=tags)}, RAW)
    assert {n.table for n in graph.layer("elt")} == {"mine", "union"}
    assert graph.nodes[("elt", "union")].parents == (("elt", "mine"),)


def test_descendants_are_exact():
    graph = tenant_graph(
        {"dbt_elt": manifest({"x": ["v.a"], "y": ["v.b"], "z": ["x", "y"], "w": ["v.c"]})}, RAW
    )
    assert graph.descendants([("raw", "v_b")]) == {("elt", "y"), ("elt", "z")}


def test_tests_belong_to_the_model_that_they_are_attached_to():
    graph = tenant_graph({"dbt_elt": manifest({"x": ["v.a"], "y": ["x"]}, tests=[("unique_y", "y")])}, RAW)
    assert graph.nodes[("elt", "y")].tests == ("test.dbt_elt.unique_y",)
    assert graph.nodes[("elt", "x")].tests == ()


def test_a_model_is_daily_when_it_or_an_ephemeral_model_in_it_asks_for_the_day():
    found = manifest(
        {"plain": ["v.a"], "direct": ["v.a"], "helper": ["v.a"], "inside": ["helper"], "child": ["direct"]},
        ephemeral=["helper"],
        calls={"plain": ["other"], "direct": ["window"], "helper": ["today"], "child": ["other"]},
        macros={"window": ["today"], "today": [], "other": []},
    )
    graph = tenant_graph({"dbt_elt": found}, RAW)
    assert {node.table for node in graph.layer("elt") if node.daily} == {"direct", "inside"}


def test_code_is_what_can_change_the_rows_or_their_verdicts():
    models, calls, macros = {"x": ["v.a"]}, {"x": ["outer"]}, {"outer": ["inner"], "inner": []}
    first = code(manifest(models, calls=calls, macros=macros))

    called = manifest(models, calls=calls, macros=macros)
    called["macros"]["macro.dbt_elt.inner"]["macro_sql"] = "other"
    columns = manifest(models, calls=calls, macros=macros)
    columns["nodes"]["model.dbt_elt.x"]["columns"] = {"id": {"name": "id", "data_type": "varchar"}}
    read = manifest(models, calls=calls, macros=macros)
    read["sources"]["source.dbt_elt.v.a"]["columns"] = {"ID": {"name": "ID"}}
    tested = manifest(models, calls=calls, macros=macros, tests=[("unique_x", "x")])
    others = [code(m) for m in (called, columns, read, tested)]
    assert len({first, *others}) == 5

    tagged = manifest(models, calls=calls, macros=macros)
    tagged["nodes"]["model.dbt_elt.x"]["config"] |= {"tags": ["new"], "meta": {"owner": "me"}}
    tagged["macros"]["macro.dbt_elt.unused"] = {"macro_sql": "unused", "depends_on": {"macros": []}}
    assert code(tagged) == first


def test_a_system_that_the_tenant_lacks_is_not_part_of_the_code():
    models = {"mine": ["v.a"], "other": ["o.t"], "union": ["mine", "other"]}
    shape = {"ephemeral": ["mine", "other"], "tags": {"mine": ["system:v"], "other": ["system:o"]}}
    first, foreign, own = (manifest(models, **shape) for _ in range(3))
    foreign["nodes"]["model.dbt_elt.other"]["checksum"] = {"checksum": "changed"}
    own["nodes"]["model.dbt_elt.mine"]["checksum"] = {"checksum": "changed"}
    assert code(foreign, "union") == code(first, "union") != code(own, "union")
