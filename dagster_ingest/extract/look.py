"""Whether a source has something new, told without reading rows: the fingerprints that a load would take."""

from __future__ import annotations

import hashlib

from dagster_ingest.connectors import registry
from dagster_ingest.connectors.base import Connector, Fingerprint
from dagster_ingest.errors import DataError, IngestError
from dagster_ingest.extract.around import Around
from dagster_ingest.extract.request import inputs_digest, read_request
from dagster_ingest.settings import Settings
from dagster_ingest.spec.resolved import SourceSpec, TableSpec, TenantSpec


def stamp(settings: Settings, tenant: TenantSpec, state: str) -> str | None:
    """A text that is another one when a load of the state would find other input, or judge it otherwise.

    None where that cannot be told: a connector that has to read for it, a source that is not to be reached.
    """
    around, digest = Around.of(settings, tenant.name), hashlib.sha256()
    try:
        for source in tenant.sources:
            connector = registry.connector(source.connector)
            if not connector.capabilities.cheap_fingerprint:
                return None
            for table in source.tables:
                found = _input(settings, around, connector, tenant, source, table, state)
                if found is None:
                    return None
                digest.update(found.encode())
    except IngestError:
        return None
    return digest.hexdigest()[:32]


def _input(
    settings: Settings,
    around: Around,
    connector: Connector,
    tenant: TenantSpec,
    source: SourceSpec,
    table: TableSpec,
    state: str,
) -> str | None:
    request = around.equip(read_request(tenant, source, table, state, settings.drops))
    try:
        found = connector.fingerprint(request)
    except DataError as error:  # such as a file that is not there: a load would be refused for it
        found = Fingerprint(f"refused: {error}")
    return inputs_digest(found, source, table, state, state == tenant.states[0], ()) if found.value else None
