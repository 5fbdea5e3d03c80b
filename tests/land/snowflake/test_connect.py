"""What the connector is called with, and what its errors mean. No network but loopback."""

from __future__ import annotations

import socket

import pytest
import snowflake.connector.errors as driver
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from dagster_ingest import redact
from dagster_ingest.errors import AccessDenied, LandError, SpecError, Unavailable
from dagster_ingest.land.snowflake import sessions
from dagster_ingest.land.snowflake.connect import options
from dagster_ingest.land.snowflake.problems import translate
from dagster_ingest.spec.warehouse import SnowflakeWarehouse
from tests.land.snowflake import loads

SECRETS = {"PASSWORD": "pass word", "TOKEN": "token-of-oauth", "PHRASE": "phrase"}


def target(**more) -> SnowflakeWarehouse:
    said = {"type": "snowflake", "account": "acme-production", "user": "INGEST", "database": "RESOURCES"}
    return SnowflakeWarehouse.model_validate({**said, **more})


def arguments(made: SnowflakeWarehouse, **secrets: str):
    return options(made, "gulf", {**SECRETS, **secrets}.__getitem__, '{"tenant":"gulf"}')


def pem(passphrase: str | None = None, traditional: bool = False) -> tuple[str, bytes]:
    """A private key as PEM, and as PKCS 8 DER in the clear."""
    key = rsa.generate_private_key(65537, 2048)
    shape = (
        serialization.PrivateFormat.TraditionalOpenSSL if traditional else serialization.PrivateFormat.PKCS8
    )
    cipher = (
        serialization.BestAvailableEncryption(passphrase.encode())
        if passphrase
        else serialization.NoEncryption()
    )
    text = key.private_bytes(serialization.Encoding.PEM, shape, cipher).decode()
    der = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return text, der


def test_a_password_and_all_that_a_target_can_say():
    made = arguments(
        target(
            authentication={"by": "password", "password": {"secret": "PASSWORD"}},
            role="INGEST_{TENANT}_WRITER",
            warehouse="{TENANT}_WH",
            host="acme.example",
            port=8443,
            timeout=30,
        )
    )

    parameters = made.pop("session_parameters")
    assert made == {
        "account": "acme-production",
        "user": "INGEST",
        "password": "pass word",
        "database": "RESOURCES",
        "role": "INGEST_GULF_WRITER",
        "warehouse": "GULF_WH",
        "host": "acme.example",
        "port": 8443,
        "application": "dagster_ingest",
        "login_timeout": 30,
        "network_timeout": 30,
    }
    assert parameters["QUERY_TAG"] == '{"tenant":"gulf"}'
    assert (parameters["STATEMENT_TIMEOUT_IN_SECONDS"], parameters["LOCK_TIMEOUT"]) == (30, 30)


@pytest.mark.parametrize("traditional", [False, True], ids=["pkcs8", "traditional"])
@pytest.mark.parametrize("one_line", [False, True], ids=["lines", "one line"])
def test_a_key_pair_in_the_clear(traditional, one_line):
    text, der = pem(traditional=traditional)

    made = arguments(
        target(authentication={"by": "key_pair", "private_key": {"secret": "KEY"}}),
        KEY=text.replace("\n", "\\n") if one_line else text,
    )

    assert (made["authenticator"], made["private_key"]) == ("SNOWFLAKE_JWT", der)


def test_a_key_pair_with_a_passphrase():
    text, der = pem("phrase")
    said = {"by": "key_pair", "private_key": {"secret": "KEY"}}

    made = arguments(target(authentication={**said, "passphrase": {"secret": "PHRASE"}}), KEY=text)

    assert made["private_key"] == der
    with pytest.raises(AccessDenied, match="passphrase does not fit"):
        arguments(target(authentication={**said, "passphrase": {"secret": "TOKEN"}}), KEY=text)
    with pytest.raises(AccessDenied, match="passphrase does not fit"):
        arguments(target(authentication=said), KEY=text)
    with pytest.raises(AccessDenied, match=r"secret KEY is no private key.*no PEM key") as found:
        arguments(target(authentication=said), KEY="not a key at all")
    assert "not a key at all" not in str(found.value)


def test_oauth_and_browser():
    token = arguments(target(authentication={"by": "oauth", "token": {"secret": "TOKEN"}}))
    browser = arguments(target(authentication={"by": "browser"}))

    assert (token["authenticator"], token["token"]) == ("oauth", "token-of-oauth")
    assert browser["authenticator"] == "externalbrowser"
    assert "password" not in browser


def test_a_connection_of_connections_toml_is_left_to_the_connector():
    made = arguments(SnowflakeWarehouse(type="snowflake", connection="production", database="RESOURCES"))

    made.pop("session_parameters")
    assert made == {
        "connection_name": "production",
        "database": "RESOURCES",
        "application": "dagster_ingest",
        "login_timeout": 60,
        "network_timeout": 300,
    }


def test_a_target_that_says_too_little_is_refused():
    with pytest.raises(SpecError, match="no user, no authentication"):
        arguments(SnowflakeWarehouse(type="snowflake", account="acme", database="RESOURCES"))


@pytest.mark.snowflake
def test_the_connector_reads_connections_toml(stand_in, database, folder, tmp_path, monkeypatch):
    file = tmp_path / "connections.toml"
    file.write_text(
        "[standin]\naccount = 'standin'\nuser = 'OF_FILE'\npassword = 'p'\n"
        f"host = '127.0.0.1'\nport = {stand_in.port}\nprotocol = 'http'\n"
    )
    file.chmod(0o600)
    from snowflake.connector.config_manager import CONFIG_MANAGER

    [slice] = [s for s in CONFIG_MANAGER._slices if s.section == "connections"]
    changed = [s._replace(path=file) if s is slice else s for s in CONFIG_MANAGER._slices]
    monkeypatch.setattr(CONFIG_MANAGER, "_slices", changed)
    monkeypatch.setattr(CONFIG_MANAGER, "conf_file_cache", None)
    said = SnowflakeWarehouse(type="snowflake", connection="standin", database=database, user="OF_TARGET")
    without = SnowflakeWarehouse(type="snowflake", connection="standin", database=database)

    for made in (said, without):
        sessions.connect(
            lambda tag, made=made: options(made, "gulf", SECRETS.__getitem__, tag), "x", "{}"
        ).close()

    assert [s["USER_NAME"] for s in stand_in.sessions()[-2:]] == ["OF_TARGET", "OF_FILE"]


@pytest.mark.snowflake
def test_opening_costs_nothing_and_sessions_are_shared_and_bounded(stand_in, open_backing, folder):
    before = len(stand_in.sessions())
    first, second = open_backing(sessions=2), open_backing(sessions=2)
    assert len(stand_in.sessions()) == before

    first.publish([loads.simple(folder, f"l{i}", ["1"], state=s) for i, s in enumerate(("FL", "AL", "GA"))])
    second.versions()

    opened = stand_in.sessions()[before:]
    assert 1 <= len(opened) <= 2
    assert {s["AUTHENTICATION_METHOD"] for s in opened} == {"SNOWFLAKE"}


def test_a_server_that_is_not_there_is_unavailable(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        backing = loads.backing(port, "RESOURCES", tmp_path, timeout=1)

        with pytest.raises(Unavailable) as found:
            backing.versions()

    assert "try again" in str(found.value)


@pytest.mark.snowflake
def test_a_database_that_is_not_there_needs_a_person(stand_in, tmp_path):
    backing = loads.backing(stand_in.port, "NOWHERE", tmp_path)

    with pytest.raises(AccessDenied) as found:
        backing.publish([loads.simple(tmp_path, "a", ["1"])])

    assert "warehouse apply" in str(found.value)


@pytest.mark.parametrize(
    ("error", "kind", "fix"),
    [
        (driver.DatabaseError("wrong password", errno=390100), AccessDenied, "authentication"),
        (driver.DatabaseError("JWT token is invalid", errno=390144), AccessDenied, "authentication"),
        (driver.ProgrammingError("session expired", errno=390114), Unavailable, "new session"),
        (driver.OperationalError("cannot reach", errno=250001), Unavailable, "network"),
        (driver.DatabaseError("Failed to connect", errno=250001), AccessDenied, "authentication"),
        (driver.ForbiddenError(msg="403", errno=250001), AccessDenied, "network policy"),
        (driver.ServiceUnavailableError(msg="503"), Unavailable, "try again"),
        (driver.ProgrammingError("statement was aborted: lock", errno=625), Unavailable, "SHOW TRANSACTIONS"),
        (driver.ProgrammingError("timeout", errno=630), Unavailable, "timeout"),
        (driver.ProgrammingError("Insufficient privileges", errno=3001), AccessDenied, "warehouse apply"),
        (driver.ProgrammingError("does not exist", errno=2003), AccessDenied, "warehouse apply"),
        (driver.ProgrammingError("No active warehouse", errno=606), AccessDenied, "`warehouse`"),
        (driver.ProgrammingError("syntax error", errno=1003), LandError, "query history"),
    ],
)
def test_errors_are_told_by_what_helps(error, kind, fix):
    found = translate(error, "gulf (snowflake)", "SELECT 1")

    assert isinstance(found, kind)
    assert fix in found.fix


def test_an_error_names_its_query_and_hides_secrets():
    redact.remember("hush-hush-value")
    error = driver.ProgrammingError("bad", errno=1003, sqlstate="42000", sfqid="01b-q")

    found = translate(error, "gulf (snowflake)", "SELECT 'hush-hush-value',\n  " + "x" * 500)

    assert found.source["query id"] == "01b-q"
    assert (found.source["code"], found.source["sqlstate"]) == ("001003", "42000")
    assert found.source["statement"].startswith("SELECT '***', xxx")
    assert len(found.source["statement"]) < 220
    assert "hush" not in str(found)
