"""Connection strings, and errors that keep their secrets."""

import pytest

from dagster_ingest.errors import SpecError, Unavailable
from dagster_ingest.publish.postgres import PostgresReader
from dagster_ingest.publish.postgres.driver import server
from dagster_ingest.spec.models import PostgresTarget

SECRET = "s3cr3t/word"
ENCODED = "s3cr3t%2Fword"


def test_an_unset_variable_is_named() -> None:
    with pytest.raises(SpecError, match="PUBLISH_DSN is not set"):
        server("PUBLISH_DSN", {})


def test_a_broken_connection_string_is_not_quoted() -> None:
    with pytest.raises(SpecError) as caught:
        server("PUBLISH_DSN", {"PUBLISH_DSN": f"host=db password {SECRET}"})
    assert "PUBLISH_DSN" in str(caught.value)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "dsn",
    [
        f"postgresql://ingest:{ENCODED}@db.example:5433/public_data",
        f"host=db.example port=5433 user=ingest dbname=public_data password={SECRET}",
    ],
)
def test_address_and_repr_hold_no_secret(dsn: str) -> None:
    found = server("PUBLISH_DSN", {"PUBLISH_DSN": dsn})
    assert found.address == "db.example:5433/public_data"
    assert SECRET not in repr(found)
    assert ENCODED not in repr(found)


@pytest.mark.parametrize("form", [SECRET, ENCODED])
def test_secrets_are_taken_out_by_value(form: str) -> None:
    found = server("PUBLISH_DSN", {"PUBLISH_DSN": f"postgresql://ingest:{ENCODED}@db.example/public_data"})
    assert found.redacted(f"could not log in with {form}.") == "could not log in with ***."


def test_an_unreachable_server_is_named_without_the_secret() -> None:
    dsn = f"postgresql://ingest:{ENCODED}@127.0.0.1:1/public_data"
    reader = PostgresReader("PUBLISH_DSN", environ={"PUBLISH_DSN": dsn})
    with pytest.raises(Unavailable) as caught:
        reader.published("prairie", "IA")
    message = str(caught.value)
    assert "127.0.0.1:1/public_data" in message
    assert "prairie/IA" in message
    assert SECRET not in message
    assert ENCODED not in message


def test_a_target_names_the_schema_or_the_tenant_does() -> None:
    target = PostgresTarget(reader="postgres", dsn="PUBLISH_DSN")
    named = PostgresTarget(reader="postgres", dsn="PUBLISH_DSN", db_schema="shown")
    assert PostgresReader.of(target).schema("prairie") == "prairie"
    assert PostgresReader.of(named).schema("prairie") == "shown"
