"""Gauges of an installation that has run, as the commands print and push them."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner

from dagster_ingest.assets.stories import stories
from dagster_ingest.cli import app
from dagster_ingest.testing.receiver import receiver

pytestmark = pytest.mark.slow


def parsed(text: str) -> dict[str, dict[frozenset, float]]:
    """Name to labels to value."""
    found: dict[str, dict[frozenset, float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            name = sample.name.removeprefix("dagster_ingest_")
            found.setdefault(name, {})[frozenset(sample.labels.items())] = sample.value
    return found


def at(**labels: str) -> frozenset:
    return frozenset({"tenant": "gulf", **labels}.items())


def call(told, *words: str, telemetry: str, **environ: str):
    file = told.settings.home / "metrics.yaml"
    file.write_text(telemetry)
    env = {**told.settings.environment(), "DAGSTER_INGEST_TELEMETRY": str(file), **environ}
    return CliRunner().invoke(app, ["metrics", *words], env=env)


def test_states_runs_and_queues_are_told(told):
    done = call(told, "print", telemetry="metrics: {tables: true}")
    found = parsed(done.stdout)

    good, refused = stories(told.settings, [("gulf", "FL"), ("gulf", "AL")])
    assert done.exit_code == 0
    assert refused.health == "blocked"
    for one in (good, refused):
        assert found["health"][at(state=one.state, health=one.health)] == 1
        assert found["rows_read"][at(state=one.state)] == one.rows_read > 0
        assert found["rows_accepted"][at(state=one.state)] == one.rows_accepted > 0
        assert found["rows_quarantined"][at(state=one.state)] == one.rows_quarantined
        assert found["blockers"][at(state=one.state, kind="rules")] == len(one.blockers)
    assert found["rows_quarantined"][at(state="AL")] == 38
    assert found["services_published"][at(state="FL", reader="hsds_package")] == good.services > 0
    assert found["sla_seconds"][at(state="FL")] == 48 * 3600
    assert found["late_seconds"][at(state="FL")] == 0
    assert 0 <= found["published_age_seconds"][at(state="FL", reader="hsds_package")] < 86_400
    for layer in ("raw", "elt", "stage"):
        assert 0 <= found["age_seconds"][at(state="FL", layer=layer)] < 86_400
    assert found["last_run_success"][at(state="FL", side="writers")] == 1
    assert found["last_run_success"][at(state="AL", side="writers")] == 0
    assert found["last_run_seconds"][at(state="FL", side="readers")] > 0
    assert found["runs_queued"][at()] == 0
    assert found["tenants_unknown"][frozenset()] == 0
    assert found["table_rows"][at(state="FL", layer="raw", table="wellsky_services")] > 0


def test_they_are_pushed_with_the_platforms_token(told):
    with receiver() as gateway:
        push = f"metrics: {{push: {{url: {gateway.url}, token: {{secret: PUSH_TOKEN}}}}}}"
        done = call(told, "push", telemetry=push, PLATFORM__PUSH_TOKEN="push-canary-11")

        [request] = gateway.taken

    assert done.exit_code == 0
    assert "push-canary-11" not in done.output
    assert request.headers["authorization"] == "Bearer push-canary-11"
    assert parsed(request.body.decode())["health"][at(state="AL", health="blocked")] == 1


def test_without_a_gateway_nothing_is_pushed(told):
    done = call(told, "push", telemetry="")

    assert done.exit_code == 2
    assert "no Pushgateway is named" in done.output
