"""A state's story for tests, with what a test is about laid over it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dagster_ingest.observe.story import Blocker, BrokenRule, LayerSeen, RunSeen, Shown, SourceSeen, Story

HOUR = 3600.0
NOW = 1_800_000_000.0  # 2027-01-15 08:00:00 UTC
LAYERS = (
    LayerSeen("raw", 4, 4, at=NOW - 3 * HOUR),
    LayerSeen("elt", 6, 6, at=NOW - 3 * HOUR),
    LayerSeen("stage", 5, 5, at=NOW - 3 * HOUR),
)
SOURCE = SourceSeen("wellsky", "wellsky", "files", NOW - HOUR, NOW - 3 * HOUR)


def story(**over: Any) -> Story:
    """Current and fresh: published two hours ago, SLA of 36 h with a warning at 26 h."""
    told = Story(
        tenant="gulf",
        display_name="Gulf Coast Helpline",
        state="AL",
        owners=("team:gulf-data",),
        health="current",
        rows_read=100,
        rows_accepted=100,
        rows_quarantined=0,
        loaded_at=NOW - 3 * HOUR,
        shown=(Shown("hsds_package", "v1", NOW - 2 * HOUR, 50, current=True),),
        blockers=(),
        waiting=(),
        fail_after=36 * HOUR,
        warn_after=26 * HOUR,
        drops="var/drops/gulf",
        layers=LAYERS,
        sources=(SOURCE,),
        runs=(RunSeen("writers", "0123456789ab", "success", NOW - HOUR, NOW - HOUR, NOW - HOUR + 20),),
        schedule="30 2 * * * America/Chicago",
    )
    return replace(told, **over)


def shown(**over: Any) -> Shown:
    return replace(story().shown[0], **over)


def blocked(*rules: str, **over: Any) -> Story:
    """Blocked by the contract of raw/wellsky_services since five hours, with these rules broken."""
    blocker = Blocker(
        asset="raw/wellsky_services",
        check="contract",
        reason="blocked: 38 of 267 rows break rules",
        since=NOW - 5 * HOUR,
        seen=NOW - HOUR,
        run_id="0123456789ab",
        load_id="20270115T030000-aaaaaa",
        files=("gulf/al/services.csv",),
        rows_read=267,
        rows_rejected=38,
        rules=tuple(BrokenRule(rule, 38, (("gulf/al/services.csv", 4, "x"),)) for rule in rules),
        contract="wellsky.services 1.0.0",
        contract_file="contracts/services.odcs.yaml",
        table="services",
        source="wellsky",
        stops=("elt/service", "published/hsds_package", "stage/service"),
        raw_table="wellsky_services",
        owners=("team:gulf-data",),
    )
    layers = (
        replace(LAYERS[0], failing=("wellsky_services",)),
        replace(LAYERS[1], behind=("service",)),
        LAYERS[2],
    )
    return story(
        health="blocked",
        blockers=(replace(blocker, **over),),
        layers=layers,
        shown=(shown(current=None),),
    )
