"""What is asked of a connector for one table and state, and the digest of what a load hangs on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from dagster_ingest.connectors.base import Fingerprint, ReadRequest
from dagster_ingest.errors import SpecError, among
from dagster_ingest.land.base import PartitionVersion
from dagster_ingest.spec.models import ColumnState, StateBinding
from dagster_ingest.spec.resolved import SourceSpec, TableSpec, TenantSpec

# Raise it when the same input would land as other rows: every partition is then loaded anew.
EXTRACTION = "1"


def read_request(
    tenant: TenantSpec, source: SourceSpec, table: TableSpec, state: str, drops: Path
) -> ReadRequest:
    """The request with `{state}` and `{STATE}` filled in. Raises SpecError for a state the tenant lacks."""
    if state not in tenant.states:
        raise SpecError(
            f"the tenant {tenant.name} does not have the state {state!r}",
            where=str(tenant.file.name),
            not_done="nothing was read",
            fix=among(state, tenant.states) + ", or add it to `states`",
        )
    words = {"state": state.lower(), "STATE": state}
    settings = filled(table.settings, words)
    together = settings.get("set") is not None  # the connector has to see the other tables' files
    siblings = {t.name: filled(t.settings, words) for t in source.tables} if together else {}
    allowed = str(drops / tenant.name)
    return ReadRequest(tenant.name, source.name, table.name, state, settings, allowed, siblings=siblings)


def inputs_digest(
    fingerprint: Fingerprint,
    source: SourceSpec,
    table: TableSpec,
    state: str,
    first_state: bool,
    parents: Iterable[PartitionVersion],
) -> str:
    """Digest of all that decides what the partition would hold: equal means that there is nothing to do.

    Parents count because foreign keys are checked against them.
    """
    parts = {
        "extraction": EXTRACTION,
        "fingerprint": fingerprint.value,
        "contract": table.contract.checksum,
        "policy": table.policy.model_dump(mode="json"),
        "state": [state, first_state, source.state.model_dump(mode="json")],
        "mode": source.mode,
        "decode": sorted(table.decode.items()),
        "template_row": table.template_row,
        "parents": [[p.table, p.data_version] for p in parents],
    }
    if source.adds and table.stamp:
        parts["stamp"] = table.stamp
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def made_by(tenant: TenantSpec, source: SourceSpec, table: TableSpec, state: str) -> dict[str, Any]:
    """What decided which records of a delivery this state's load took, as JSON values.

    Unlike contract and codecs, which only judge and decode what was taken: where any of this changed,
    the source has to be read anew, for rows that were passed over were not kept.
    """
    return {
        "extraction": EXTRACTION,
        "mode": source.mode,
        "template_row": table.template_row,
        "keys": list(table.contract.keys) if source.adds else [],
        "first_state": tenant.states[0],
        "states": belonging(source.state, tenant.states),
        "by": source.state.model_dump(mode="json", include={"by", "column"}),
        "state": state,
    }


def belonging(binding: StateBinding, states: Sequence[str]) -> dict[str, str]:
    """Value of the state column to state, where a column says it."""
    if not isinstance(binding, ColumnState):
        return {}
    return dict(binding.values) or {state: state for state in states}


def filled(value: Any, words: dict[str, str]) -> Any:
    """Settings with `{name}` replaced by each of `words`, at any depth."""
    if isinstance(value, str):
        for name, word in words.items():
            value = value.replace("{" + name + "}", word)
        return value
    if isinstance(value, dict):
        return {key: filled(part, words) for key, part in value.items()}
    return [filled(part, words) for part in value] if isinstance(value, list) else value
