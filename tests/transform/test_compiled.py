"""Lineage of the real models, for the sample tenants: what is traced, what is kept, what is shared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from dagster_ingest.land.empty import empty_tables
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.spec.resolved import TenantSpec
from dagster_ingest.transform import run
from dagster_ingest.transform.compiled import model_lineage, trace_models
from dagster_ingest.transform.graph import Node
from dagster_ingest.transform.reach import Lineage
from dagster_ingest.transform.relation import ANY, Table, Traced
from dagster_ingest.transform.shapes import Shape, tenant_shapes
from dagster_ingest.transform.variables import variables


@pytest.fixture(scope="module")
def tenants(traced_settings: Settings) -> dict[str, TenantSpec]:
    return {spec.name: spec for spec in load_tenants(traced_settings).tenants}


def lineage_of(settings: Settings, spec: TenantSpec) -> dict[Table, Traced]:
    return model_lineage(settings, tenant_shapes(settings, spec), empty_tables)


def raw_columns(tables: Mapping[Table, Traced], table: Table, column: str) -> set[str]:
    """The raw columns that a column is made of, through all tables."""
    found: set[str] = set()
    for layer, name, part in tables[table].columns[column].value:
        found |= {f"{name}.{part}"} if layer == "raw" else raw_columns(tables, (layer, name), part)
    return found


@pytest.mark.parametrize("tenant", ["gulf", "keystone", "prairie", "summit", "evergreen", "piedmont"])
def test_every_column_of_every_model_is_traced(traced_settings, tenants, tenant: str) -> None:
    tables = lineage_of(traced_settings, tenants[tenant])
    assert len(tables) >= 41
    assert sum(len(traced.columns) for traced in tables.values()) >= 577
    assert {name: traced.unresolved for name, traced in tables.items() if traced.unresolved} == {}
    assert all(ANY not in traced.columns for traced in tables.values())


def test_a_published_text_is_followed_to_its_raw_columns(traced_settings, tenants) -> None:
    tables = lineage_of(traced_settings, tenants["gulf"])
    # gulf fills a service's empty fees from its organization
    expected = {"wellsky_services.FEES", "wellsky_organization.PROGRAM_FEES"}
    assert raw_columns(tables, ("elt", "service"), "fees_description") == expected
    assert raw_columns(tables, ("stage", "search_record"), "fees") == expected
    assert raw_columns(tables, ("stage", "address"), "city") == {
        "wellsky_physicaladdress.CITY", "wellsky_location.POSTAL_ADDRESS",
    }  # fmt: skip


def test_a_tenants_choices_decide_what_is_read(traced_settings, tenants) -> None:
    gulf = tenants["gulf"]
    adapt = gulf.model.adapt.model_copy(update={"service_from_organization_fields": False})
    plain = replace(gulf, model=gulf.model.model_copy(update={"adapt": adapt}))
    tables = lineage_of(traced_settings, plain)
    assert raw_columns(tables, ("elt", "service"), "fees_description") == {"wellsky_services.FEES"}


def test_a_decoded_companion_counts_as_its_column(traced_settings, tenants) -> None:
    tables = lineage_of(traced_settings, tenants["gulf"])
    leaves = {leaf for traced in tables.values() for made in traced.columns.values() for leaf in made.all}
    assert ("raw", "wellsky_services", "SERVICE_AREAS") in leaves
    assert not [leaf for leaf in leaves if leaf[0] == "raw" and leaf[2].endswith("_json")]


def test_systems_laid_over_each_other_are_what_they_compile_to_together(
    traced_settings: Settings, tenants: dict[str, TenantSpec]
) -> None:
    both = replace(tenants["gulf"], sources=(*tenants["gulf"].sources, *tenants["keystone"].sources))
    *single, _ = tenant_shapes(traced_settings, both)
    raw = {key: columns for shape in single for key, columns in shape.raw.items()}
    whole = Shape("dbt_elt", variables(both) | {"state": "FL"}, raw)  # all choices, asked for or not
    assert whole.variables["systems"] == ["wellsky", "visionlink"]
    assert len(single) == 2
    laid = model_lineage(traced_settings, single, empty_tables)
    together = model_lineage(traced_settings, [whole], empty_tables)
    assert laid.keys() == together.keys()
    for table, traced in together.items():
        assert laid[table].columns == traced.columns, table
        assert (laid[table].rows, laid[table].inputs) == (traced.rows, traced.inputs), table


def test_a_column_of_another_major_version_is_followed_under_its_own_name(
    traced_settings: Settings, tenants: dict[str, TenantSpec]
) -> None:
    shape = tenant_shapes(traced_settings, tenants["gulf"])[0]
    raw = {
        key: tuple("CHARGES" if column == "FEES" else column for column in columns)
        for key, columns in shape.raw.items()
    }
    versions = {"wellsky": {"wellsky": {"services": {"major": 2, "renames": {"FEES": "CHARGES"}}}}}
    later = Shape(shape.project, {**shape.variables, "versions": versions}, raw)
    reach = Lineage(model_lineage(traced_settings, [later], empty_tables)).downstream(
        ("raw", "wellsky_services"), ["CHARGES"]
    )
    assert reach.columns["elt", "service"]["fees_description"] == "value"


def test_a_lineage_is_kept_on_disk_and_not_compiled_again(
    traced_settings: Settings, tenants: dict[str, TenantSpec], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = lineage_of(traced_settings, tenants["gulf"])
    monkeypatch.setattr("dagster_ingest.transform.compiled._loaded", {})
    monkeypatch.setattr(run, "compile_sql", lambda *_: pytest.fail("compiled again"))
    assert lineage_of(traced_settings, tenants["gulf"]) == first


def test_tenants_share_a_compilation_unless_a_model_asks_for_what_differs(traced_settings, tenants) -> None:
    gulf = tenants["gulf"]
    first = digests(traced_settings, gulf)

    def with_choices(group: str, **choices) -> TenantSpec:
        given = getattr(gulf.model, group).model_copy(update=choices)
        return replace(gulf, model=gulf.model.model_copy(update={group: given}))

    assert digests(traced_settings, replace(gulf, name="delta")) == first
    # iCarol's models ask for this one, WellSky's do not
    assert digests(traced_settings, with_choices("adapt", service_from_agency=True)) == first
    elt, stage = digests(traced_settings, with_choices("adapt", display_name="service"))
    assert (elt == first[0], stage == first[1]) == (True, False)
    elt, stage = digests(traced_settings, with_choices("privacy", publish_identifiers=True))
    assert (elt == first[0], stage == first[1]) == (False, True)
    seven = with_choices("adapt", rename_organizations={"7": "Seven"})
    eight = with_choices("adapt", rename_organizations={"8": "Eight"})
    assert digests(traced_settings, seven) == digests(traced_settings, eight) != first


def test_asking_for_a_column_that_is_known_needs_no_other_compilation(traced_settings, tenants) -> None:
    gulf = tenants["gulf"]
    asked = {"wellsky_services": ["FEES", "service_areas"]}
    further = {"wellsky_services": ["WAS_ONCE_THERE"]}
    found = [
        tuple(shape.digest for shape in tenant_shapes(traced_settings, gulf, extra))
        for extra in (None, asked, further)
    ]
    assert found[0] == found[1]
    assert found[2] != found[0]


def digests(settings: Settings, spec: TenantSpec) -> tuple[str, ...]:
    return tuple(shape.digest for shape in tenant_shapes(settings, spec))


def test_a_model_that_cannot_be_traced_hangs_on_every_column_of_its_inputs() -> None:
    nodes = [
        Node(("elt", "odd"), (("raw", "r"),), unique_id="model.p.odd"),
        Node(("elt", "gone"), (("raw", "r"),), unique_id="model.p.gone"),
        Node(("elt", "next"), (("elt", "odd"),), unique_id="model.p.next"),
    ]
    sql = {
        "model.p.odd": "select * from (pivot raw.r on a using max(b))",
        "model.p.next": "select x from elt.odd",
    }
    tables = {
        ("raw", "r"): ("a", "b"),
        ("elt", "odd"): (ANY,),
        ("elt", "gone"): ("id",),
        ("elt", "next"): ("x",),
    }
    found = trace_models(nodes, sql, tables)
    lineage = Lineage(found)
    assert all(found["elt", name].unresolved for name in ("odd", "gone"))
    for column in ("a", "b"):
        reach = lineage.downstream(("raw", "r"), [column])
        assert reach.columns == {
            ("elt", "odd"): {ANY: "choice"},
            ("elt", "gone"): {"id": "choice"},
            ("elt", "next"): {"x": "choice"},
        }
        assert reach.rows == {("elt", "odd"), ("elt", "gone")}


def test_models_that_do_not_compile_are_traced_as_a_whole_and_not_kept(
    traced_settings: Settings, tenants: dict[str, TenantSpec]
) -> None:
    def nowhere(path: Path, tables: Mapping[str, Iterable[str]]) -> None:
        path.write_text("no database")

    kept = traced_settings.home / "target" / "lineage"
    shape = tenant_shapes(traced_settings, tenants["gulf"])[0]
    other = Shape(shape.project, {**shape.variables, "locales": ["xx"]}, shape.raw)
    before = set(kept.glob("*"))
    tables = model_lineage(traced_settings, [other], nowhere)
    reach = Lineage(tables).downstream(("raw", "wellsky_services"), ["TAXONOMY_DEFINITION"])
    assert ("elt", "service") in reach.rows
    assert set(kept.glob("*")) == before
