"""Secrets in HashiCorp Vault, KV version 2."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import Any

from dagster_ingest.errors import AccessDenied, SpecError, Unavailable
from dagster_ingest.redact import remember
from dagster_ingest.secrets.config import VaultConfig
from dagster_ingest.secrets.providers import library

_SECONDS = 10
_NOT_DONE = "the secret was not read"


class Keeper:
    def __init__(self, config: VaultConfig, root: Path) -> None:
        self._config, self._root = config, root
        self._path = config.path.strip("/")

    def get(self, name: str) -> str | None:
        errors = library("hvac.exceptions", "vault")
        unreachable = library("requests.exceptions", "vault").RequestException
        try:
            answer = self._client.secrets.kv.v2.read_secret_version(
                path=f"{self._path}/{name}".lstrip("/"),
                mount_point=self._config.mount,
                raise_on_deleted_version=False,
            )
        except errors.InvalidPath:
            return None
        except (errors.Forbidden, errors.Unauthorized):
            fix = "give the token's policy `read` on it, or a token that is still valid"
            raise self._error(AccessDenied, "Vault does not let us read it", name, fix) from None
        except (errors.VaultError, unreachable) as error:
            problem = f"Vault does not answer: {type(error).__name__}"
            raise self._error(Unavailable, problem, name, "check `url` and whether it is sealed") from None
        value = (answer["data"].get("data") or {}).get(self._config.key)
        return None if value is None else str(value)

    def place(self, name: str) -> str:
        return f"Vault {self._config.mount}/{self._path}/{name}, key {self._config.key}"

    @cached_property
    def _client(self) -> Any:
        token = None
        if self._config.token_file:
            try:
                token = (self._root / self._config.token_file).read_text().strip()
            except OSError as error:
                raise SpecError(
                    f"the token of Vault cannot be read: {error.strerror}",
                    where=self._config.token_file,
                    not_done=_NOT_DONE,
                ) from None
        if known := token or os.environ.get("VAULT_TOKEN"):
            remember(known, "VAULT_TOKEN")
        return library("hvac", "vault").Client(url=self._config.url, token=token, timeout=_SECONDS)

    def _error(self, kind: type[Any], problem: str, name: str, fix: str) -> Exception:
        return kind(problem, where=self.place(name), not_done=_NOT_DONE, fix=fix)
