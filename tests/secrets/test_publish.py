"""The connection string of a publish target: the tenant's secret, the shared one, or the plain variable."""

from __future__ import annotations

import pytest

from dagster_ingest.errors import SpecError
from dagster_ingest.publish.postgres import PostgresReader

OWN, SHARED, PLAIN = (f"postgresql://ingest@{host}.example/db" for host in ("own", "shared", "plain"))


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        ({"DSN": PLAIN}, PLAIN),
        ({"DSN": PLAIN, "SHARED__DSN": SHARED}, SHARED),
        ({"DSN": PLAIN, "SHARED__DSN": SHARED, "GULF__DSN": OWN}, OWN),
        ({"DSN": PLAIN, "PRAIRIE__DSN": OWN}, PLAIN),
    ],
)
def test_the_most_particular_one_counts(monkeypatch, kept, expected):
    for name, value in kept.items():
        monkeypatch.setenv(name, value)

    assert PostgresReader("DSN")._environ_of("gulf")["DSN"] == expected


def test_no_target_names_another_tenants_secret(monkeypatch):
    monkeypatch.setenv("PRAIRIE__DSN", OWN)

    with pytest.raises(SpecError, match="cannot be the name of a secret"):
        PostgresReader("PRAIRIE__DSN")._environ_of("gulf")
