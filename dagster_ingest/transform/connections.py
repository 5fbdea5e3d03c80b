"""A connection of connections.toml, as dbt's profile wants it: dbt does not read that file itself."""

from __future__ import annotations

import os
import sys
import tomllib
from pathlib import Path

from dagster_ingest.errors import SpecError, guess

_FIELDS = {
    "accountname": "account",
    "username": "user",
    "rolename": "role",
    "warehousename": "warehouse",
    "private_key_file_pwd": "passphrase",
    "private_key_passphrase": "passphrase",
}
_PLAIN = (
    "account",
    "user",
    "password",
    "authenticator",
    "token",
    "role",
    "warehouse",
    "host",
    "port",
    "protocol",
)
_FILES = {"private_key_file": "private_key", "private_key_path": "private_key", "token_file_path": "token"}
_TOLD_BY_SECRET = ("snowflake", "snowflake_jwt")


def named_connection(name: str) -> dict[str, str]:
    """Fields of the profile that the connection gives. Keys and tokens in files are read.

    Raises SpecError where it is nowhere.
    """
    found: dict[str, dict] = {}
    for path, inside in _places():
        if path.is_file():
            read = tomllib.loads(path.read_text())
            found = (read.get("connections", {}) if inside else read) | found
    if name not in found:
        near = guess(name, found)
        raise SpecError(
            f"there is no connection {name!r}" + (f"; did you mean {near!r}?" if near else ""),
            where=str(_home() / "connections.toml"),
            not_done="dbt was not started",
            fix=f"add it there; known: {', '.join(sorted(found)) or 'none'}",
        )
    return _profile(found[name])


def _profile(connection: dict) -> dict[str, str]:
    profile: dict[str, str] = {}
    for key, value in connection.items():
        key = _FIELDS.get(key, key)
        if key in _PLAIN:
            profile[key] = str(value)
        elif key in _FILES:
            profile[_FILES[key]] = Path(value).expanduser().read_text()
    if profile.get("authenticator", "").lower() in _TOLD_BY_SECRET:
        del profile["authenticator"]
    return profile


def _places() -> list[tuple[Path, bool]]:
    """Files in the order of the connector's own, and whether connections stand in a section there."""
    return [(_home() / "connections.toml", False), (_home() / "config.toml", True)]


def _home() -> Path:
    """As the connector looks for it."""
    given = Path(os.environ.get("SNOWFLAKE_HOME", "~/.snowflake/")).expanduser()
    if given.is_dir():
        return given
    if sys.platform == "darwin":
        return Path("~/Library/Application Support/snowflake").expanduser()
    return Path(os.environ.get("XDG_CONFIG_HOME", "~/.config")).expanduser() / "snowflake"
