"""A tenant's limits alone, without the rest of its file: they are asked for at each run that is queued."""

from __future__ import annotations

import os

from pydantic import ValidationError

from dagster_ingest.settings import Settings
from dagster_ingest.spec.limits import Limits
from dagster_ingest.spec.resolve import FILE
from dagster_ingest.spec.yamlfile import YamlError, YamlFile

_kept: dict[str, tuple[tuple[int, int], Limits]] = {}


def limits_of(settings: Settings, tenant: str) -> Limits:
    """Of the tenant's file as it is now. A file that is missing or wrong says nothing of limits."""
    path = settings.tenants_dir / tenant / FILE
    try:
        found = os.stat(path)
    except OSError:
        return Limits()
    stamp = (found.st_mtime_ns, found.st_size)
    if path.as_posix() not in _kept or _kept[path.as_posix()][0] != stamp:
        _kept[path.as_posix()] = (stamp, _read(path))
    return _kept[path.as_posix()][1]


def _read(path) -> Limits:
    try:
        given = YamlFile(path).data.get("limits")
        return Limits.model_validate(given or {})
    except (YamlError, ValidationError):  # `dagster-ingest validate` says what is wrong
        return Limits()
