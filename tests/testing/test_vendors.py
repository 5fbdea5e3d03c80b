"""The servers of the sample's vendors, and the specs of the tenants that read them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from dagster_ingest.errors import Unavailable
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.spec.validate import validate
from dagster_ingest.testing import vendors
from dagster_ingest.testing.sample import apis


@pytest.fixture
def serving() -> Iterator[vendors.Vendors]:
    with vendors.Vendors(0) as running:
        yield running


def test_the_specs_are_sound_without_any_secret(tmp_path, monkeypatch):
    for name in vendors.KEYS:
        monkeypatch.delenv(name, raising=False)
    settings = Settings.load(tenants_dir=apis.SPECS, home=tmp_path)

    assert validate(settings).errors == []
    assert {spec.name for spec in load_tenants(settings).tenants} == set(apis.TENANTS)


def test_the_specs_name_the_port_that_is_served(tmp_path, serving):
    serving.install(tmp_path)

    for tenant in apis.TENANTS:
        shipped = (apis.SPECS / tenant / "tenant.yaml").read_text()
        assert shipped.count(f"http://127.0.0.1:{vendors.PORT}/{tenant}/") == 1
        assert f"{serving.server.url}/{tenant}/" in (tmp_path / tenant / "tenant.yaml").read_text()


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/lakeshore/v1/Resource/Taxonomy", {"authorization": "Bearer {}"}),
        ("/tidewater/v1/Resource/Taxonomy", {"authorization": "Bearer {}"}),
        ("/northstar/v3/services", {"x-api-key": "{}"}),
    ],
)
def test_each_vendor_takes_its_own_key_alone(serving, path, headers):
    tenant = path.split("/")[1]
    for name, key in vendors.KEYS.items():
        given = {header: value.format(key) for header, value in headers.items()}
        answer = httpx.get(serving.server.url + path, headers=given, trust_env=False)
        assert answer.status_code == (200 if name.startswith(tenant.upper()) else 401)


def test_day_two_is_shown_when_it_is_asked_for(serving):
    def ids() -> set[str]:
        headers = {"x-api-key": vendors.KEYS["NORTHSTAR__HSDS_KEY"]}
        url = serving.server.url + "/northstar/v3/organizations"
        answer = httpx.get(url, headers=headers, params={"minimal": "true"}, trust_env=False)
        return {row["id"] for row in answer.json()["contents"]}

    before = ids()
    serving.show(2)

    assert (len(before - ids()), len(ids() - before)) == (1, 2)


def test_a_port_that_is_taken_is_said(serving):
    with pytest.raises(Unavailable, match=f"port {serving.port} of 127.0.0.1"):
        vendors.Vendors(serving.port)


def test_a_command_runs_with_the_apis_beside_it(tmp_path):
    """Its sources can be reached, with the keys that it finds in its environment, and it ends them."""
    environ = {**os.environ, "DAGSTER_INGEST_HOME": str(tmp_path)}
    check = ["dagster_ingest.cli", "source", "check", "northstar", "hsds"]
    command = [sys.executable, "-m", "dagster_ingest.testing.vendors", "--port", "0", "--"]

    found = subprocess.run(
        [*command, sys.executable, "-m", *check], env=environ, capture_output=True, text=True, timeout=120
    )

    assert found.returncode == 0, found.stdout + found.stderr
    assert "serving lakeshore, tidewater, northstar on http://127.0.0.1:" in found.stderr


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ([sys.executable, "-c", "raise SystemExit(3)"], 3),
        ([sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"], 137),
        (["no-such-command"], 2),
    ],
    ids=["failed", "killed", "absent"],
)
def test_how_the_command_ends_is_handed_on(tmp_path, command, code):
    environ = {**os.environ, "DAGSTER_INGEST_HOME": str(tmp_path)}
    serve = [sys.executable, "-m", "dagster_ingest.testing.vendors", "--port", "0", "--"]

    ended = subprocess.run([*serve, *command], env=environ, capture_output=True, text=True, timeout=120)

    assert ended.returncode == code
    assert "Traceback" not in ended.stderr
