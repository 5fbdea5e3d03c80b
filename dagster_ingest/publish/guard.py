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
    what: str = "documents",
    environ: Mapping[str, str] = os.environ,
) -> None:
    """PublishError if `gone` of `shown` is more than `share` and nobody allowed it. what: is counted.

    The environment variable allows it by tenant and state: `gulf/FL,gulf/AL`.
    """
    named = {part.strip() for part in environ.get(VARIABLE, "").split(",")}
    if allowed or f"{tenant}/{state}" in named or gone <= share * shown:
        return
    raise PublishError(
        f"{gone} of {shown} published {what} would be deleted, which is more than a share of {share:g}",
        where=f"{tenant}/{state}",
        not_done="nothing was published or deleted, the last publication stands",
        fix="look at what the stage lost; if it is right, run dagster-ingest publish apply"
        f" {tenant} {state} --allow-deletes, publish with {VARIABLE}={tenant}/{state}, or raise"
        " `max_delete_share` in the tenant file",
    )


def nothing_kept(where: str) -> PublishError:
    """Of a store that keeps nothing from before, since what is replaced by key may be what turned private."""
    return PublishError(
        "nothing is kept that could be shown again",
        where=where,
        not_done="the last publication stands",
        fix="roll the stage back (dagster-ingest rollback) and publish that",
    )
