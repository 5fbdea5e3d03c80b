"""A publish that would take away more than was agreed is refused, unless somebody says so."""

from __future__ import annotations

import os
from collections.abc import Mapping

from dagster_ingest.errors import PublishError

VARIABLE = "DAGSTER_INGEST_ALLOW_DELETES"


def check_deletes(
    tenant: str,
    state: str,
    *,
    shown: int,
    gone: int,
    share: float,
    allowed: bool = False,
    environ: Mapping[str, str] = os.environ,
) -> None:
    """PublishError if `gone` of `shown` documents is more than `share` and nobody allowed it.

    The environment variable allows it by tenant and state: `gulf/FL,gulf/AL`.
    """
    named = {part.strip() for part in environ.get(VARIABLE, "").split(",")}
    if allowed or f"{tenant}/{state}" in named or gone <= share * shown:
        return
    raise PublishError(
        f"{gone} of {shown} published documents would be deleted, which is more than a share of {share:g}",
        where=f"{tenant}/{state}",
        not_done="nothing was published or deleted, the last publication stands",
        fix=f"look at what the stage lost; if it is right, publish with {VARIABLE}={tenant}/{state},"
        " or raise `max_delete_share` in the tenant file",
    )
