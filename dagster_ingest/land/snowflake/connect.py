"""What the connector is called with: a target of `deploy/warehouses.yaml`, and the secrets it names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dagster_ingest.errors import AccessDenied, SpecError
from dagster_ingest.land.snowflake.names import filled
from dagster_ingest.spec.warehouse import Browser, KeyPair, OAuth, Password, SnowflakeWarehouse

APPLICATION = "dagster_ingest"
LOGIN_SECONDS = 60
_NOT_DONE = "no session was opened"


def options(
    target: SnowflakeWarehouse, tenant: str, secrets: Callable[[str], str], tag: str
) -> dict[str, Any]:
    """Arguments of `snowflake.connector.connect`.

    With `connection` the connector reads that connection of connections.toml itself, and what stands
    here wins. The first statement of the session is tagged already.
    """
    given = {
        "connection_name": target.connection,
        "account": target.account,
        "user": target.user,
        "database": filled(target.database, tenant),
        "role": filled(target.role, tenant),
        "warehouse": filled(target.warehouse, tenant),
        "host": target.host,
        "port": target.port,
        "protocol": target.protocol if target.protocol != "https" else None,
    }
    _complete(target)
    return {
        **{name: value for name, value in given.items() if value is not None},
        **_authentication(target, secrets),
        "application": APPLICATION,
        "login_timeout": min(LOGIN_SECONDS, target.timeout),
        "network_timeout": target.timeout,
        "session_parameters": session_parameters(target, tag),
    }


def session_parameters(target: SnowflakeWarehouse, tag: str) -> dict[str, Any]:
    return {
        "QUERY_TAG": tag,
        "STATEMENT_TIMEOUT_IN_SECONDS": target.timeout,
        "LOCK_TIMEOUT": target.timeout,
        "TIMEZONE": "UTC",
        "TIMESTAMP_NTZ_OUTPUT_FORMAT": "YYYY-MM-DD HH24:MI:SS.FF6",
        "QUOTED_IDENTIFIERS_IGNORE_CASE": False,
        "CLIENT_TELEMETRY_ENABLED": False,
    }


def _complete(target: SnowflakeWarehouse) -> None:
    if target.connection:
        return
    lacking = [name for name in ("account", "user", "authentication") if getattr(target, name) is None]
    if lacking:
        raise SpecError(
            f"the Snowflake target has no {', no '.join(lacking)}",
            where="deploy/warehouses.yaml",
            not_done=_NOT_DONE,
            fix="add them, or name a connection of connections.toml with `connection`",
        )


def _authentication(target: SnowflakeWarehouse, secrets: Callable[[str], str]) -> dict[str, Any]:
    """Nothing where connections.toml says how."""
    match target.authentication:
        case KeyPair(private_key=key, passphrase=passphrase):
            phrase = secrets(passphrase.secret) if passphrase else None
            return {
                "authenticator": "SNOWFLAKE_JWT",
                "private_key": _der(secrets(key.secret), phrase, key.secret),
            }
        case Password(password=password):
            return {"password": secrets(password.secret)}
        case OAuth(token=token):
            return {"authenticator": "oauth", "token": secrets(token.secret)}
        case Browser():
            return {"authenticator": "externalbrowser", "client_store_temporary_credential": True}
        case _:
            return {}


def _der(pem: str, passphrase: str | None, name: str) -> bytes:
    """A PEM text as the connector takes it: PKCS 8, DER, in the clear."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    # Keepers of secrets that allow one line only hold it with `\n` in letters.
    text = pem.strip().replace("\\n", "\n") + "\n"
    try:
        key = serialization.load_pem_private_key(text.encode(), passphrase.encode() if passphrase else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        why = (
            "its passphrase does not fit" if passphrase or "password" in str(error).lower() else "no PEM key"
        )
        raise AccessDenied(
            f"the secret {name} is no private key that can be read: {why}",
            not_done=_NOT_DONE,
            fix="keep the whole PEM text, `-----BEGIN ... PRIVATE KEY-----` included, and name its"
            " `passphrase` where it is encrypted",
        ) from None
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
