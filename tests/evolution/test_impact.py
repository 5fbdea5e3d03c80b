"""What hangs on contract changes, through the real models of the sample tenants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from dagster_ingest.evolution.change import Change, change
from dagster_ingest.evolution.compared import Compared, Comparison
from dagster_ingest.evolution.impact import Downstream, Impact, Question, Specs, downstream, impacts
from dagster_ingest.evolution.impact_report import impact_markdown
from dagster_ingest.evolution.snapshot import Place
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.spec.models import PostgresTarget
from dagster_ingest.spec.resolved import TenantSpec
from dagster_ingest.transform import run


@pytest.fixture(scope="module")
def specs(traced_settings: Settings) -> Specs:
    return {spec.name: spec for spec in load_tenants(traced_settings).tenants}


def places(specs: Specs, system: str, table: str) -> tuple[Place, ...]:
    return tuple(
        Place(spec.name, source.name, entry.name, entry.raw)
        for spec in specs.values()
        for source in spec.sources
        for entry in source.tables
        if (source.system, entry.name) == (system, table)
    )


def services(specs: Specs) -> tuple[Place, ...]:
    return places(specs, "wellsky", "services")


def of(settings: Settings, specs: Specs, *columns: str, before: Specs | None = None) -> Downstream:
    """What hangs on columns of WellSky's services, for tenants that all fare the same."""
    (part,) = downstream(settings, [Question(services({**(before or {}), **specs}), columns)], specs, before)[
        0
    ]
    return part


def flat(listed) -> set[str]:
    return {f"{layer}.{table}.{name}" for layer, table, names in listed for name in names}


def comparison(specs: Specs, *changed: Change) -> Comparison:
    found = services(specs)
    contract = specs[found[0].tenant].sources[0].table("services").contract
    return Comparison("wellsky/services 1", contract.file, 1, contract, contract, changed, found)


def asked(settings: Settings, specs: Specs, changed: Sequence[Change]) -> tuple[Impact, ...]:
    return impacts(settings, Compared("main", "abc", (comparison(specs, *changed),)), specs, {})


def removed(column: str) -> Change:
    return change("column_removed", column, (column,))


def twin(spec: TenantSpec, name: str, **choices) -> TenantSpec:
    """A tenant like another, under another name and owner."""
    return replace(
        spec, name=name, model=spec.model.model_copy(update={"owners": [f"team:{name}"], **choices})
    )


def test_a_text_is_told_column_by_column_up_to_the_store(traced_settings, specs) -> None:
    part = of(traced_settings, specs, "FEES")
    assert flat(part.values) == {
        "elt.service.fees_description", "stage.service.fees_description", "stage.search_record.fees",
    }  # fmt: skip
    (store,) = part.stores
    assert store.reader == "hsds_package"
    assert dict(store.fields) == {
        "services.csv": ("fees_description",),
        "services.jsonl": ("service.fees_description",),
    }
    assert part.tenants == (("gulf", ("FL", "AL")),)
    assert part.owners == ("team:gulf-data", "resources@gulf.example")


def test_what_groups_rows_decides_over_ids(traced_settings, specs) -> None:
    """Rows with the same texts are one service, so an edited text may give it another id."""
    part = of(traced_settings, specs, "FEES")
    assert {"elt.service.id", "stage.service.id"} <= flat(part.choices)
    assert ("elt", "service") in part.rows


def test_a_flag_decides_over_rows_and_makes_no_column(traced_settings, specs) -> None:
    part = of(traced_settings, specs, "ISACTIVE")
    assert (part.values, part.choices) == ((), ())
    assert ("elt", "service") in part.rows
    assert ("stage", "search_record") in part.follows
    (store,) = part.stores
    assert store.fields == ()
    assert {"services.csv", "services.jsonl"} <= set(store.others)
    assert not part.unread


def test_a_column_that_no_model_reads_is_told_as_unread(traced_settings, specs) -> None:
    part = of(traced_settings, specs, "TAXONOMY_DEFINITION")
    assert part.unread
    assert part.stores == ()
    assert part.tenants == (("gulf", ("FL", "AL")),)


def test_a_nested_column_is_followed_through_its_companion(traced_settings, specs) -> None:
    part = of(traced_settings, specs, "SERVICE_AREAS")
    assert {"elt.service_area.name", "stage.search_record.service_areas"} <= flat(part.values)


def test_a_column_that_the_contract_has_no_more_is_still_followed(traced_settings, specs) -> None:
    gulf = specs["gulf"]
    source = gulf.sources[0]
    tables = []
    for table in source.tables:
        kept = tuple(column for column in table.contract.columns if column.field != "FEES")
        contract = replace(table.contract, columns=kept) if table.name == "services" else table.contract
        tables.append(replace(table, contract=contract))
    now = {"gulf": replace(gulf, sources=(replace(source, tables=tuple(tables)),))}
    assert "stage.search_record.fees" in flat(of(traced_settings, now, "FEES").values)


def test_tenants_that_fare_the_same_are_answered_for_once(traced_settings, specs, monkeypatch) -> None:
    gulf = specs["gulf"]
    of(traced_settings, {"gulf": gulf}, "FEES")  # compiled once
    monkeypatch.setattr(run, "compile_sql", lambda *_: pytest.fail("compiled again"))
    many = {"gulf": gulf, **{f"t{n}": twin(gulf, f"t{n}") for n in range(40)}}
    part = of(traced_settings, many, "FEES")
    assert len(part.tenants) == 41
    assert len(part.owners) == 42


def test_tenants_that_publish_elsewhere_are_told_apart(traced_settings, specs) -> None:
    postgres = PostgresTarget(reader="postgres", dsn="SOME_DSN")
    both = {"gulf": specs["gulf"], "delta": twin(specs["gulf"], "delta", publish=[postgres])}
    parts = downstream(traced_settings, [Question(services(both), ("FEES",))], both)[0]
    assert [part.tenants[0][0] for part in parts] == ["gulf", "delta"]
    assert parts[1].owners == ("team:delta",)
    (store,) = parts[1].stores
    assert dict(store.fields) == {"search_record": ("fees",), "service": ("fees_description",)}


def test_a_table_that_is_gone_is_looked_up_in_what_was(traced_settings, specs) -> None:
    gulf = specs["gulf"]
    source = gulf.sources[0]
    left = tuple(table for table in source.tables if table.name != "services")
    now = {"gulf": replace(gulf, sources=(replace(source, tables=left),))}
    questions = [Question(services(specs), ())]
    (part,) = downstream(traced_settings, questions, now, specs)[0]
    assert "stage.search_record.fees" in flat(part.values)
    (unknown,) = downstream(traced_settings, questions, now, {})[0]
    assert unknown.unknown
    assert not unknown.unread


def test_projects_that_cannot_be_read_leave_everything_affected(tmp_path, specs) -> None:
    nowhere = Settings.load(root=tmp_path, home="var")
    part = of(nowhere, {"gulf": specs["gulf"]}, "FEES")
    assert part.unknown
    assert not part.unread
    assert part.stores[0].others == ("everything",)


def test_changes_of_one_column_are_told_together(traced_settings, specs) -> None:
    narrowed = change("type_narrowed", "FEES", ("FEES",), "string", "number")
    found = asked(traced_settings, specs, [removed("FEES"), narrowed, removed("TAXONOMY_DEFINITION")])
    assert [impact.columns for impact in found] == [("FEES",), ("TAXONOMY_DEFINITION",)]
    assert len(found[0].changes) == 2


def test_a_renamed_column_is_followed_under_both_names(traced_settings, specs) -> None:
    (impact,) = asked(
        traced_settings, specs, [change("column_renamed", "CHARGES", ("CHARGES",), "CHARGES", "FEES")]
    )
    assert impact.columns == ("CHARGES", "FEES")
    assert "stage.search_record.fees" in flat(impact.parts[0].values)


def test_the_report_tells_what_breaks_where(traced_settings, specs) -> None:
    text = impact_markdown(asked(traced_settings, specs, [removed("FEES"), removed("TAXONOMY_DEFINITION")]))
    made, unread = text.split("### ")[1:]
    assert "| tenants | gulf (FL, AL) |" in made
    assert "`stage.search_record` (fees)" in made
    assert "hsds_package: `services.csv` (fees_description)" in made
    assert "No model reads it" not in made
    assert "No model reads it" in unread
    assert text.count("<details>") == text.count("</details>")


def test_the_report_holds_texts_of_specs_as_nothing_but_text(traced_settings, specs) -> None:
    widened = change("enum_changed", "FEES|enum", ("FEES",), "a", "[x](https://x.example) | @all <b>")
    text = impact_markdown(asked(traced_settings, specs, [widened]))
    assert not any(sign in text for sign in ("@gulf.example", "](https", "@all", "<b>"))


def test_the_report_keeps_its_length(traced_settings, specs) -> None:
    columns = [column.field for column in specs["gulf"].sources[0].table("services").contract.columns]
    found = asked(traced_settings, specs, [removed(column) for column in columns])
    text = impact_markdown(found, limit=6_000)
    assert len(text) <= 6_000
    assert text.count("<details>") == text.count("</details>")
    assert "### Further breaking changes" in text
    shortest = impact_markdown(found, limit=900)
    assert len(shortest) <= 900
    assert " more" in shortest.splitlines()[-1]


def test_nothing_that_breaks_is_nothing_to_tell() -> None:
    assert impact_markdown([]) == ""
