"""Private values planted in the sources are in no byte of what is published, nor in stage."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow

TENANTS = {
    "prairie": ("IA", "NE"),
    "capital": ("DC",),
    "bayside": ("CA",),
    "gulf": ("FL", "AL"),
    "keystone": ("PA",),
}
