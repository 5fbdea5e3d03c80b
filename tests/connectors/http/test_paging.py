"""Paging: every kind brings every row once, ends, and gives each row a place of its own."""

from __future__ import annotations

import pytest

from tests.connectors.http.conftest import rows_of
from tests.connectors.http.shapes import KINDS, serve, settings


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [0, 1, 4, 11])
def test_every_kind_of_paging_brings_every_row_once(api, kind, count):
    serve(api.server, kind, rows_of(count))

    found = api.read(settings(kind))

    assert found.completeness.complete
    assert sorted(map(int, found.column("id")) if count else []) == list(range(1, count + 1))
    assert [number for _, number in found.places] == list(range(1, count + 1))
    assert all(uri.startswith(f"{api.server.url}/") and "?" not in uri for uri, _ in found.places)
