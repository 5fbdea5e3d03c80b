"""The suite lets a sound connector pass, and catches each vice that it is there for."""

from __future__ import annotations

import inspect

import pytest

from dagster_ingest import redact
from dagster_ingest.errors import Unavailable
from dagster_ingest.testing.connectors import ConnectorConformance
from tests.testing.toy import TOKEN, ToyProvider


class TestToy(ConnectorConformance):
    provider = ToyProvider


VICES = {
    "detects_loops": (False, "test_a_partial_sweep_is_never_complete", {"fault": "loop"}),
    "counts": (False, "test_a_partial_sweep_is_never_complete", {"fault": "short"}),
    "retries": (False, "test_what_passes_is_tried_again", {"fault": "once:reset"}),
    "moves_early": (True, "test_a_cursor_never_passes_rows_that_were_not_given", {}),
    "leaks": (True, "test_no_secret_is_shown", {}),
}


@pytest.mark.parametrize("vice", VICES)
def test_a_vice_is_caught(vice, tmp_path, caplog):
    value, test, arguments = VICES[vice]
    (tmp_path / "drops").mkdir()
    method = getattr(ConnectorConformance(), test)
    given = {"caplog": caplog, "tmp_path": tmp_path, **arguments}
    wanted = {name: given[name] for name in inspect.signature(method).parameters if name in given}
    redact.forget()
    redact.remember(TOKEN)

    with ToyProvider(tmp_path) as provider:
        method(source=provider, **wanted)  # without the vice it passes
        provider.heal()
        provider.faults = {vice: value}
        with pytest.raises((AssertionError, Unavailable)):
            method(source=provider, **wanted)
    redact.forget()
