"""Secrets in Google Secret Manager, their latest version."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

from dagster_ingest.errors import AccessDenied, IngestError, Unavailable
from dagster_ingest.secrets.config import GcpConfig
from dagster_ingest.secrets.providers import library

_SECONDS = 15


class Keeper:
    def __init__(self, config: GcpConfig, root: Path) -> None:
        self._config = config

    def get(self, name: str) -> str | None:
        errors = library("google.api_core.exceptions", "gcp")
        refused = (errors.PermissionDenied, errors.Unauthenticated, errors.Forbidden, errors.Unauthorized)
        try:
            version = self._client.access_secret_version(name=self._version(name), timeout=_SECONDS)
        except (errors.NotFound, errors.FailedPrecondition):  # the latter: its latest version is disabled
            return None
        except refused as error:
            raise self._error(AccessDenied, type(error).__name__, name) from None
        except (errors.GoogleAPIError, library("google.auth.exceptions", "gcp").GoogleAuthError) as error:
            raise self._error(Unavailable, type(error).__name__, name) from None
        return version.payload.data.decode()

    def place(self, name: str) -> str:
        return f"Google Secret Manager {self._version(name)}"

    def _version(self, name: str) -> str:
        return f"projects/{self._config.project}/secrets/{self._config.prefix}{name}/versions/latest"

    @cached_property
    def _client(self) -> Any:
        module = library("google.cloud.secretmanager", "gcp")
        credentials = library("google.auth.exceptions", "gcp").DefaultCredentialsError
        options = {"api_endpoint": self._config.endpoint} if self._config.endpoint else None
        try:
            return module.SecretManagerServiceClient(client_options=options, transport="rest")
        except credentials:
            raise self._error(AccessDenied, "there are no Google credentials", "") from None

    def _error(self, kind: type[IngestError], why: str, name: str) -> IngestError:
        return kind(
            f"Google Secret Manager does not give it: {why}",
            where=self.place(name),
            not_done="the secret was not read",
            fix="check `project` and the role roles/secretmanager.secretAccessor of the account",
        )
