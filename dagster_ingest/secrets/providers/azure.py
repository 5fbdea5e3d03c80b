"""Secrets in Azure Key Vault. Its names hold letters, digits and hyphens only."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

from dagster_ingest.errors import AccessDenied, IngestError, Unavailable
from dagster_ingest.secrets.config import AzureConfig
from dagster_ingest.secrets.providers import library


class Keeper:
    def __init__(self, config: AzureConfig, root: Path) -> None:
        self._config = config

    def get(self, name: str) -> str | None:
        errors = library("azure.core.exceptions", "azure")
        try:
            return self._client.get_secret(self._key(name)).value
        except errors.ResourceNotFoundError:
            return None
        except errors.ClientAuthenticationError as error:
            raise self._error(AccessDenied, type(error).__name__, name) from None
        except errors.HttpResponseError as error:
            kind = AccessDenied if error.status_code in (401, 403) else Unavailable
            raise self._error(kind, f"status {error.status_code}", name) from None
        except errors.AzureError as error:
            raise self._error(Unavailable, type(error).__name__, name) from None

    def place(self, name: str) -> str:
        return f"Azure Key Vault {self._config.vault} {self._key(name)}"

    def _key(self, name: str) -> str:
        return self._config.prefix + name.replace("_", "-")

    @cached_property
    def _client(self) -> Any:
        identity = library("azure.identity", "azure")
        keyvault = library("azure.keyvault.secrets", "azure")
        return keyvault.SecretClient(
            vault_url=self._config.vault,
            credential=identity.DefaultAzureCredential(),
            connection_timeout=5,
            read_timeout=10,
            retry_total=2,
        )

    def _error(self, kind: type[IngestError], why: str, name: str) -> IngestError:
        return kind(
            f"Azure Key Vault does not give it: {why}",
            where=self.place(name),
            not_done="the secret was not read",
            fix="check `vault` and that the identity has the role Key Vault Secrets User",
        )
