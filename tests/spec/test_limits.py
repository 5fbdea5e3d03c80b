"""`limits:` of a tenant: what may be asked for, and what is refused."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from dagster_ingest.settings import Settings
from dagster_ingest.spec.limits import Limits
from dagster_ingest.spec.standalone import limits_of


def test_left_out_it_is_the_middle_of_the_queue_and_two_retries():
    assert Limits().model_dump() == {"priority": 0, "run_timeout": None, "retries": 2}


@pytest.mark.parametrize(
    "given",
    [
        {"priority": 4},
        {"priority": -4},
        {"priority": "1"},
        {"priority": True},
        {"retries": 6},
        {"retries": -1},
        {"retries": 1.5},
        {"run_timeout": "4m"},
        {"run_timeout": "8d"},
        {"run_timeout": "2 hours"},
        {"run_timeout": 7200},
        {"timeout": "2h"},
    ],
    ids=str,
)
def test_what_is_out_of_bounds_or_no_key_is_refused(given):
    with pytest.raises(ValidationError):
        Limits.model_validate(given)


def test_the_bounds_themselves_are_allowed():
    asked = Limits.model_validate({"priority": 3, "run_timeout": "7d", "retries": 5})
    assert asked.seconds == 7 * 86400


def test_limits_are_read_alone_and_anew_when_the_file_changes(tmp_path):
    settings = Settings.load(root=tmp_path, tenants_dir=tmp_path)
    file = tmp_path / "gulf" / "tenant.yaml"
    assert limits_of(settings, "gulf") == Limits()

    file.parent.mkdir()
    file.write_text("tenant: gulf\nlimits: {retries: 0}\n")
    assert limits_of(settings, "gulf").retries == 0
    file.write_text("tenant: gulf\nlimits: {retries: 5, priority: 1}\n")
    assert limits_of(settings, "gulf").retries == 5
    file.write_text("tenant: gulf\nlimits: {retries: many, priority: 1000}\n")
    assert limits_of(settings, "gulf") == Limits()
