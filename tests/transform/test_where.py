"""Where dbt builds: what the profile reads, and what is kept out of sight."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from dagster_ingest.errors import SpecError
from dagster_ingest.spec.warehouse import SnowflakeWarehouse
from dagster_ingest.transform.connections import named_connection
from dagster_ingest.transform.where import SnowflakeSession


def _session(**more) -> SnowflakeSession:
    given = {
        "type": "snowflake",
        "account": "acme",
        "user": "ME",
        "database": "RESOURCES",
        "role": "INGEST_{TENANT}_WRITER",
        "authentication": {"by": "password", "password": {"secret": "PASSWORD"}},
        "tags": {"environment": "production"},
        **more,
    }
    return SnowflakeSession.of(
        SnowflakeWarehouse.model_validate(given), "gulf", lambda name: f"value of {name}", {"state": "FL"}
    )


def test_the_profile_reads_the_tenants_role_and_tag():
    environment = _session().environment()

    assert environment["DAGSTER_INGEST_SNOWFLAKE_ROLE"] == "INGEST_GULF_WRITER"
    tag = json.loads(environment["DAGSTER_INGEST_SNOWFLAKE_QUERY_TAG"])
    assert tag == {"environment": "production", "state": "FL", "tenant": "gulf"}


@pytest.mark.parametrize(
    ("authentication", "found"),
    [
        ({"by": "password", "password": {"secret": "P"}}, {"PASSWORD": "value of P"}),
        (
            {"by": "key_pair", "private_key": {"secret": "K"}, "passphrase": {"secret": "W"}},
            {"PRIVATE_KEY": "value of K", "PASSPHRASE": "value of W"},
        ),
        ({"by": "oauth", "token": {"secret": "T"}}, {"TOKEN": "value of T"}),
        ({"by": "browser"}, {}),
    ],
)
def test_secrets_go_where_dbt_keeps_them_out_of_its_logs(authentication, found):
    session = _session(authentication=authentication)

    secrets = {k: v for k, v in session.environment().items() if k.startswith("DBT_ENV_SECRET_")}

    assert secrets == {f"DBT_ENV_SECRET_INGEST_{name}": value for name, value in found.items()}
    assert "value of" not in repr(session)


def test_nodes_move_to_the_tenants_schemas():
    node = SimpleNamespace(database="none", schema="elt")
    source = SimpleNamespace(database="none", schema="raw")

    _session().settle(SimpleNamespace(nodes={"n": node}, sources={"s": source}))

    assert (node.database, node.schema) == ("RESOURCES", "ELT_GULF")
    assert (source.database, source.schema) == ("RESOURCES", "RAW_GULF")


def test_a_connection_of_connections_toml(tmp_path, monkeypatch):
    monkeypatch.setenv("SNOWFLAKE_HOME", str(tmp_path))
    (tmp_path / "key.p8").write_text("the key")
    (tmp_path / "connections.toml").write_text(
        '[production]\naccount = "acme"\nuser = "ME"\nauthenticator = "SNOWFLAKE_JWT"\n'
        f'private_key_file = "{tmp_path / "key.p8"}"\nrole = "OTHER"\n'
    )

    session = _session(connection="production", account=None, user=None, authentication=None)

    assert session.profile["account"] == "acme"
    assert session.profile["private_key"] == "the key"
    assert session.profile["role"] == "INGEST_GULF_WRITER"
    assert "authenticator" not in session.profile


def test_a_connection_that_is_nowhere_names_those_there_are(tmp_path, monkeypatch):
    monkeypatch.setenv("SNOWFLAKE_HOME", str(tmp_path))
    (tmp_path / "connections.toml").write_text('[production]\naccount = "acme"\n')

    with pytest.raises(SpecError, match="did you mean 'production'"):
        named_connection("prodution")
