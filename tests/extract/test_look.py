"""A source is asked whether it has something new, and no row is read for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dagster_ingest.connectors.base import Capabilities
from dagster_ingest.connectors.files.connector import FilesConnector
from dagster_ingest.errors import Unavailable
from dagster_ingest.extract.look import stamp
from dagster_ingest.settings import Settings
from dagster_ingest.spec.load import load_tenants
from dagster_ingest.spec.resolved import TenantSpec

ROOT = Path(__file__).parents[2]
TENANT = """\
tenant: alpha
display_name: Alpha
owners: [team:alpha]
cost: {cost_center: cc-1}
states: [IA, NE]
sources:
  icarol:
    system: icarol
    settings: {pattern: "{state}.csv"}
freshness: {fail: 36h}
publish:
  - reader: hsds_package
"""


@pytest.fixture
def settings(tmp_path) -> Settings:
    (tmp_path / "drops" / "alpha").mkdir(parents=True)
    return Settings.load(
        root=ROOT, tenants_dir=tmp_path / "tenants", home=tmp_path / "home", drops=tmp_path / "drops"
    )


def spec(settings: Settings, text: str = TENANT) -> TenantSpec:
    path = settings.tenants_dir / "alpha" / "tenant.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    [found] = load_tenants(replace(settings, tenants=("alpha",))).tenants
    return found


def drop(settings: Settings, text: str, state: str = "ia") -> None:
    (settings.drops / "alpha" / f"{state}.csv").write_text(text)


def test_a_stamp_goes_by_what_was_delivered_and_for_which_state(settings):
    tenant = spec(settings)
    nothing = stamp(settings, tenant, "IA")
    drop(settings, "a,b\n1,2\n")
    first = stamp(settings, tenant, "IA")
    drop(settings, "a,b\n1,2\n")
    again = stamp(settings, tenant, "IA")
    drop(settings, "a,b\n1,3\n", "ne")
    beside = stamp(settings, tenant, "IA")
    drop(settings, "a,b\n1,3\n")
    changed = stamp(settings, tenant, "IA")

    assert nothing is not None
    assert first == again == beside
    assert len({nothing, first, changed, stamp(settings, tenant, "NE")}) == 4


def test_a_stamp_goes_by_what_is_asked_of_the_rows_too(settings):
    drop(settings, "a,b\n1,2\n")
    strict = "    tables: {resource: {policy: {on_reject: quarantine, max_share: 0.5}}}\nfreshness"
    before = stamp(settings, spec(settings), "IA")

    assert stamp(settings, spec(settings, TENANT.replace("freshness", strict, 1)), "IA") != before


def test_who_cannot_tell_or_cannot_be_reached_says_nothing(settings, monkeypatch):
    tenant = spec(settings)
    drop(settings, "a,b\n1,2\n")

    def refuse(self, request):
        raise Unavailable("no answer")

    monkeypatch.setattr(FilesConnector, "fingerprint", refuse)
    assert stamp(settings, tenant, "IA") is None
    monkeypatch.undo()
    monkeypatch.setattr(FilesConnector, "capabilities", Capabilities())
    assert stamp(settings, tenant, "IA") is None
