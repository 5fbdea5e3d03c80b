"""What a spec may say of arrivals, and what a connector can do."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from dagster_ingest.connectors.http.settings import HttpSettings
from dagster_ingest.connectors.sql.settings import SqlSettings
from dagster_ingest.settings import Settings
from dagster_ingest.spec.arrival import check_arrival
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.spec.secrets import named_secrets

ROOT = Path(__file__).parents[2]


def loaded(folder: Path, arrival: str):
    shutil.copytree(ROOT / "tenants", folder / "tenants")
    path = folder / "tenants" / "gulf" / "tenant.yaml"
    path.write_text(
        path.read_text().replace("    state: {by: feed}", f"    state: {{by: feed}}\n    arrival: {arrival}")
    )
    return load_tenants(
        Settings.load(root=ROOT, home=folder, tenants_dir=folder / "tenants", tenants=("gulf",))
    )


def test_a_source_without_has_none(tmp_path):
    shutil.copytree(ROOT / "tenants", tmp_path / "tenants")
    found = load_tenants(
        Settings.load(root=ROOT, home=tmp_path, tenants_dir=tmp_path / "tenants", tenants=())
    )
    assert all(source.arrival is None for tenant in found.tenants for source in tenant.sources)


def test_what_is_left_out_has_a_default(tmp_path):
    [tenant] = loaded(tmp_path, "{kind: files}").tenants
    arrival = tenant.sources[0].arrival
    assert (arrival.interval, arrival.quiet, arrival.give_up) == (300.0, 60.0, 50)


def test_a_secret_of_an_arrival_is_named(tmp_path):
    found = loaded(tmp_path, "{kind: nats, url: {secret: NATS_URL}, stream: A, subject: a.b}")
    secrets = {secret.name: secret.user for secret in named_secrets(found.tenants[0])}
    assert secrets["NATS_URL"] == "arrival of wellsky"


@pytest.mark.parametrize(
    ("arrival", "told"),
    [
        ("{kind: watermark}", "'files' cannot tell of arrivals by 'watermark'"),
        ("{kind: modified}", "allowed: files, nats, webhook"),
        ("{kind: fils}", "did you mean 'files'?"),
        ("{kind: files, every: 5s}", "'every' cannot be '5s'"),
        ("{kind: files, settle: soon}", "'settle' cannot be 'soon'"),
        ("{kind: files, stream: A}", "stream"),
        ("{kind: nats, stream: A, subject: a.b}", "url"),
        ("{kind: nats, url: {secret: U_L}, stream: A, subject: a..b}", "subject"),
        ("{kind: files, give_up: 0}", "give_up"),
    ],
)
def test_what_is_wrong_is_told_at_its_line(tmp_path, arrival, told):
    found = loaded(tmp_path, arrival)
    assert not found.tenants
    assert told in "\n".join(map(str, found.errors))
    assert all(error.line == 13 for error in found.errors)


@pytest.mark.parametrize(
    ("model", "kind", "tables", "problem"),
    [
        (HttpSettings, "modified", [{"cursor": {"field": "m"}}, {"fingerprint": {"by": "etag"}}], None),
        (HttpSettings, "modified", [{"cursor": {"field": "m"}}, {}], "need `fingerprint` or `cursor`"),
        (SqlSettings, "watermark", [{"watermark": "w"}], None),
        (SqlSettings, "watermark", [{"watermark": "w"}, {"watermark": None}], "need `watermark`"),
        (None, "files", [], "cannot tell of arrivals by 'files'"),
        (None, "webhook", [], None),
    ],
)
def test_every_table_has_what_the_kind_needs(model, kind, tables, problem):
    told = []
    report = SimpleNamespace(add=lambda loc, problem, **more: told.append(problem))
    check_arrival(SimpleNamespace(kind=kind), "some", model, tables, report, ("sources", "feed"))
    assert len(told) == (problem is not None)
    assert all(problem in one for one in told)


def test_a_literal_secret_is_refused_and_not_quoted(tmp_path):
    found = loaded(tmp_path, "{kind: webhook, secret: hunter2hunter2}")
    text = "\n".join(map(str, found.errors))
    assert "never the secret itself" in text
    assert "hunter2" not in text
