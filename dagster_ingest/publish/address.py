"""Secrets of a reader by name: the tenant's own, the shared one, or the plain environment variable."""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from dagster_ingest.errors import SpecError
from dagster_ingest.redact import remember
from dagster_ingest.secrets import secrets_of
from dagster_ingest.settings import Settings

_MASKED_FROM = 8  # characters; a shorter password may be an ordinary word


def secret(tenant: str, name: str, example: str, environ: Mapping[str, str] = os.environ) -> str:
    """The value, masked everywhere from now on. SpecError where nobody keeps it."""
    kept = secrets_of(Settings.load(), tenant).find(name)
    value = (kept or environ.get(name, "")).strip()
    if not value:
        raise SpecError(
            f"environment variable {name} is not set, and no secret of that name is kept",
            not_done="nothing was published and no connection was opened",
            fix=f"set it, or keep a secret TENANT__{name}, to {example}",
        )
    password = urlsplit(value).password if "://" in value else value
    if password and len(password) >= _MASKED_FROM:
        remember(password, name)
        remember(unquote(password), name)
    return value
