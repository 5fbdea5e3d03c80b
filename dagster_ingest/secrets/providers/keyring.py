"""Secrets in the keyring of the operating system: `keyring set dagster-ingest GULF__WELLSKY_TOKEN`."""

from __future__ import annotations

from pathlib import Path

from dagster_ingest.errors import Unavailable
from dagster_ingest.secrets.config import KeyringConfig
from dagster_ingest.secrets.providers import library


class Keeper:
    def __init__(self, config: KeyringConfig, root: Path) -> None:
        self._service = config.service

    def get(self, name: str) -> str | None:
        keyring, errors = library("keyring", "keyring"), library("keyring.errors", "keyring")
        try:
            return keyring.get_password(self._service, name)
        except errors.KeyringError as error:
            raise Unavailable(
                f"the keyring does not answer: {type(error).__name__}",
                where=self.place(name),
                not_done="the secret was not read",
                fix="unlock it, or keep secrets elsewhere: servers seldom have one",
            ) from None

    def place(self, name: str) -> str:
        return f"keyring {self._service}/{name}"
