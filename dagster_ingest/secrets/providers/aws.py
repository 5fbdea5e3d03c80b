"""Secrets in AWS Secrets Manager, as plain text."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

from dagster_ingest.errors import AccessDenied, IngestError, SpecError, Unavailable
from dagster_ingest.secrets.config import AwsConfig
from dagster_ingest.secrets.providers import library

_REFUSED = {"AccessDeniedException", "UnrecognizedClientException", "ExpiredTokenException"}
_REFUSED |= {"InvalidClientTokenId", "InvalidSignatureException", "DecryptionFailure"}
# ResourceNotFound, and a secret that is marked for deletion
_ABSENT = {"ResourceNotFoundException", "InvalidRequestException"}


class Keeper:
    def __init__(self, config: AwsConfig, root: Path) -> None:
        self._config = config

    def get(self, name: str) -> str | None:
        errors = library("botocore.exceptions", "aws")
        try:
            answer = self._client.get_secret_value(SecretId=self._config.prefix + name)
        except errors.ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in _ABSENT:
                return None
            raise self._error(AccessDenied if code in _REFUSED else Unavailable, code, name) from None
        except errors.NoCredentialsError:
            raise self._error(AccessDenied, "there are no AWS credentials", name) from None
        except errors.BotoCoreError as error:
            kind = SpecError if isinstance(error, errors.NoRegionError) else Unavailable
            raise self._error(kind, type(error).__name__, name) from None
        return answer.get("SecretString")

    def place(self, name: str) -> str:
        return f"AWS Secrets Manager {self._config.prefix}{name}"

    @cached_property
    def _client(self) -> Any:
        config = library("botocore.config", "aws").Config(
            connect_timeout=5, read_timeout=10, retries={"mode": "standard", "max_attempts": 3}
        )
        return (
            library("boto3.session", "aws")
            .Session()
            .client(
                "secretsmanager",
                region_name=self._config.region,
                endpoint_url=self._config.endpoint,
                config=config,
            )
        )

    def _error(self, kind: type[IngestError], why: str, name: str) -> IngestError:
        return kind(
            f"AWS Secrets Manager does not give it: {why}",
            where=self.place(name),
            not_done="the secret was not read",
            fix="check `region`, the role's permission secretsmanager:GetSecretValue, and the key's policy",
        )
