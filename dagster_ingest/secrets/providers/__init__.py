"""Keepers of secrets. Each is a file here, the only one that imports its library, once it is asked."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

from dagster_ingest.errors import SpecError


class Provider(Protocol):
    """Asked with full names such as GULF__WELLSKY_TOKEN."""

    def get(self, name: str) -> str | None:
        """The value, or None if it keeps none. Raises Unavailable, AccessDenied or SpecError."""

    def place(self, name: str) -> str:
        """Where `get` looks, in words."""


def provider(config: Any, root: Path) -> Provider:
    """The keeper that a config describes. `root`: what relative paths are taken from."""
    module = importlib.import_module(f"{__name__}.{config.provider}")
    return module.Keeper(config, root)


def library(module: str, extra: str) -> ModuleType:
    """A keeper's library, or a SpecError that names the extra which brings it."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise SpecError(
            f"secrets are to be read from {extra}, and the library {error.name} is not installed",
            not_done="no secret was looked up",
            fix=f"pip install 'dagster-ingest[{extra}]'",
        ) from None
