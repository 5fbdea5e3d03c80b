"""OpenLineage events of real runs: over HTTP to a receiver that fails in all ways, and whole to a file."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from openlineage.client import event_v2

from dagster_ingest.assets.instance import open_instance
from dagster_ingest.assets.lineage import Lineage, Sent, send_again, tell
from dagster_ingest.errors import Unavailable
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.spec.telemetry import OpenLineage
from dagster_ingest.testing.receiver import Received, receiver

from .conftest import needles

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def events(told) -> list[dict[str, Any]]:
    """All events of the three runs, as a file got them."""
    file = told.settings.home / "lineage.yaml"
    file.write_text("openlineage: {namespace: test, transport: {type: file, path: out/ol.jsonl}}")
    from dataclasses import replace

    settings = replace(told.settings, telemetry_file=file)
    runs = [told.good.run_id, told.refused.run_id, told.published.run_id]
    counts = send_again(settings, load_tenants(settings).tenants, runs)
    lines = (settings.home / "out" / "ol.jsonl").read_text().splitlines()
    assert len(lines) == sum(counts.values())
    return [json.loads(line) for line in lines]


def of(events, job: str, kind: str, run: str | None = None) -> dict[str, Any]:
    parent = lambda e: e["run"]["facets"].get("parent", {"run": {"runId": None}})["run"]["runId"]  # noqa: E731
    [found] = [
        e for e in events if e["job"]["name"] == job and e["eventType"] == kind and run in (None, parent(e))
    ]
    return found


def test_every_step_starts_once_and_ends_once_under_its_run(told, events):
    starts = [e["run"]["runId"] for e in events if e["eventType"] == "START"]
    ends = [e["run"]["runId"] for e in events if e["eventType"] != "START"]

    assert sorted(starts) == sorted(ends)
    assert len(set(starts)) == len(starts)
    assert {e["job"]["namespace"] for e in events} == {"test"}
    parents = {e["run"]["facets"]["parent"]["run"]["runId"] for e in events if "parent" in e["run"]["facets"]}
    assert parents == {told.good.run_id, told.refused.run_id, told.published.run_id}
    assert {e["run"]["runId"] for e in events if "parent" not in e["run"]["facets"]} == parents


def test_the_client_takes_every_event_for_one_of_its_own(events):
    for event in events:
        uuid.UUID(event["run"]["runId"])
        made = event_v2.RunEvent(
            eventType=event_v2.RunState(event["eventType"]),
            eventTime=event["eventTime"],
            run=event_v2.Run(event["run"]["runId"]),
            job=event_v2.Job(event["job"]["namespace"], event["job"]["name"]),
        )
        assert made.schemaURL == event["schemaURL"]
        for dataset in (*event["inputs"], *event["outputs"]):
            for facet in {**dataset.get("facets", {}), **dataset.get("outputFacets", {})}.values():
                assert facet["_schemaURL"].startswith("https://openlineage.io/spec/facets/")
                assert facet["_producer"] == event["producer"]


def test_a_raw_table_tells_its_contract_and_what_became_of_the_rows(told, events):
    done = of(events, "gulf.raw.wellsky_services", "COMPLETE", told.good.run_id)
    [output], [source] = done["outputs"], done["inputs"]
    facets = output["facets"]

    assert (source["namespace"], source["name"]) == ("files://gulf/wellsky", "services")
    assert (output["namespace"], output["name"]) == ("duckdb://local/gulf", "gulf.raw.wellsky_services")
    assert facets["ownership"]["owners"][0] == {"name": "team:gulf-data", "type": "OWNER"}
    assert facets["lifecycleStateChange"]["lifecycleStateChange"] == "OVERWRITE"
    assert output["outputFacets"]["outputStatistics"]["rowCount"] > 0
    assert output["outputFacets"]["outputStatistics"]["size"] > 0
    fields = [field["name"] for field in facets["schema"]["fields"]]
    assert "PROVIDER_SERVICE_CODE_ID" in fields
    [origin] = facets["columnLineage"]["fields"]["PROVIDER_SERVICE_CODE_ID"]["inputFields"]
    assert (origin["namespace"], origin["name"]) == (source["namespace"], source["name"])
    assert any(tag["key"] == "contract" for tag in facets["tags"]["tags"])
    tags = {tag["key"]: tag["value"] for tag in done["run"]["facets"]["tags"]["tags"]}
    assert tags["state"] == "FL"


def test_a_refused_delivery_fails_with_the_rules_that_it_broke(told, events):
    failed = of(events, "gulf.raw.wellsky_services", "FAIL", told.refused.run_id)
    [output] = failed["outputs"]
    rules = {one["name"]: one for one in output["facets"]["dataQualityAssertions"]["assertions"]}

    broken = {name for name, one in rules.items() if not one["success"]}
    assert "PROVIDER_SERVICE_CODE_ID|primary_key" in broken
    assert len(broken) < len(rules)  # those that hold are told as well
    one = rules["PROVIDER_SERVICE_CODE_ID|primary_key"]
    assert one["column"] == "PROVIDER_SERVICE_CODE_ID"
    assert one["assertion"] == "primary_key"
    assert int(one["actual"]) > 0
    assert failed["run"]["facets"]["errorMessage"]["message"].startswith("blocked: ")
    assert "lifecycleStateChange" not in output["facets"]  # the last good partition stands
    assert not output.get("outputFacets")


def test_a_column_can_be_followed_from_the_source_to_what_is_published(told, events):
    made: dict[tuple[str, str], dict[str, list]] = {}
    for event in events:
        if event["eventType"] == "COMPLETE":
            for output in event["outputs"]:
                lineage = output["facets"].get("columnLineage", {"fields": {}})["fields"]
                made[output["namespace"], output["name"]] = {n: f["inputFields"] for n, f in lineage.items()}

    store = ("hsds_package://gulf", "gulf.published")
    seen, waiting = (
        set(),
        [(*store, c) for c in made[store] if c.endswith("services.csv.application_process")],
    )
    assert len(waiting) == 1
    while waiting:
        *dataset, column = waiting.pop()
        for origin in made.get(tuple(dataset), {}).get(column, ()):
            step = (origin["namespace"], origin["name"], origin["field"])
            if step not in seen and origin["transformations"][0]["type"] == "DIRECT":
                seen.add(step)
                waiting.append(step)

    names = {f"{name}.{column}" for _, name, column in seen}
    assert {
        "gulf.stage.service.application_process",
        "gulf.elt.service.application_process",
        "gulf.raw.wellsky_services.APPLICATION_PROCESS",
        "services.APPLICATION_PROCESS",
    } <= names


def test_tests_of_models_are_assertions_too(told, events):
    done = of(events, "gulf.elt.organization", "COMPLETE", told.good.run_id)

    asserted = done["outputs"][0]["facets"]["dataQualityAssertions"]["assertions"]
    assert {"unique_organization_id"} <= {one["name"] for one in asserted if one["success"]}
    assert ("duckdb://local/gulf", "gulf.raw.wellsky_organization") in {
        (i["namespace"], i["name"]) for i in done["inputs"]
    }


def test_no_value_of_a_row_leaves(told, events):
    text = json.dumps(events, ensure_ascii=False)

    assert [needle for needle in needles(told) if needle in text] == []


def lineage(told, url: str, *, timeout: float = 30.0) -> Lineage:
    wanted = OpenLineage.model_validate(
        {
            "transport": {"type": "http", "url": url, "timeout": timeout, "token": {"secret": "OL_TOKEN"}},
            "columns": False,
        }
    )
    return Lineage(told.settings, wanted, load_tenants(told.settings).tenants)


def test_a_receiver_that_fails_in_every_way_gets_each_event_once_in_the_end(told, events, monkeypatch):
    monkeypatch.setenv("PLATFORM__OL_TOKEN", "ol-token-canary")
    count, answers = [0], {5: 401, 9: 500, 14: 503}

    def answer(_: Received) -> int:
        count[0] += 1
        return answers.get(count[0], 201)

    sent, at, said = Sent(0.0), 4e9, []
    with receiver(answer) as ear, open_instance(told.settings) as instance:
        way = lineage(told, ear.url)
        ear.stop()  # gone for a while
        for tick in range(12):
            if tick == 1:
                ear.start()
            try:
                tell(instance, way.specs, sent, way.send, at)
            except Unavailable as error:
                said.append(str(error))
            sent, at = Sent.of(sent.cursor(), at), at + 4_000
        bodies = [json.loads(request.body) for request in ear.taken]

    assert len(said) == 4
    assert [w for w in ("401", "500", "503") if not any(w in line for line in said)] == []
    assert any("ConnectionError" in line for line in said)
    assert "ol-token-canary" not in "".join(said)
    assert {request.headers["authorization"] for request in ear.taken} == {"Bearer ol-token-canary"}
    assert {request.path for request in ear.taken} == {"/api/v1/lineage"}
    key = lambda e: (e["run"]["runId"], e["eventType"], e["eventTime"])  # noqa: E731
    assert len(bodies) == len({key(e) for e in bodies})
    assert {key(e) for e in bodies} == {key(e) for e in events}


def test_a_receiver_that_is_slow_costs_a_tick_its_timeout_and_no_more(told, monkeypatch):
    monkeypatch.setenv("PLATFORM__OL_TOKEN", "ol-token-canary")

    def never(_: Received) -> int:
        ear.held.wait(120)
        return 201

    sent = Sent(0.0)
    with receiver(never) as ear, open_instance(told.settings) as instance:
        way = lineage(told, ear.url, timeout=0.2)
        with pytest.raises(Unavailable, match="ReadTimeout"):
            tell(instance, way.specs, sent, way.send, 4e9)

    assert sent.tries == 1
    assert sent.again == 4e9 + 30


def test_the_sensor_stands_in_the_repository_only_where_it_is_asked_for(told):
    from dataclasses import replace

    from dagster_ingest.assets.lineage import lineage_sensors

    specs = load_tenants(told.settings).tenants
    file = told.settings.home / "lineage.yaml"
    file.write_text("openlineage: {transport: {type: file, path: out/ol.jsonl}}")

    assert lineage_sensors(told.settings, specs) == []
    [sensor] = lineage_sensors(replace(told.settings, telemetry_file=file), specs)
    assert sensor.name == "platform__openlineage"
