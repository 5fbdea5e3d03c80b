"""Nothing that a test remembers as a secret masks texts of the next."""

from __future__ import annotations

import pytest

from dagster_ingest import redact


@pytest.fixture(autouse=True)
def _forgetful():
    redact.forget()
    yield
    redact.forget()
