"""The four stores as the fault matrix sees them: a reader of each, and all that is shown, piece by piece."""

from __future__ import annotations

import copy
import json
import secrets
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import xxhash

from dagster_ingest.publish.base import Reader, StagePartition
from dagster_ingest.publish.hsds_package import HsdsPackageReader
from dagster_ingest.publish.mongodb import MongoReader
from dagster_ingest.publish.opensearch import OpenSearchReader
from dagster_ingest.publish.postgres import PostgresReader
from dagster_ingest.spec.models import MongoTarget, OpenSearchTarget
from dagster_ingest.testing import mongodb, opensearch, postgres
from dagster_ingest.testing.stage import stage_partition
from dagster_ingest.testing.stage_search import search_rows

TENANT, STATE, NEIGHBOUR, STRANGER = "gulf", "FL", "AL", "prairie"
GONE, CHANGED, ADDED = "canary-gone", "canary-changed", "marker-added"
LANGUAGES = ("en", "es")

Shown = dict[str, str]  # where a piece is found to what it says


def old(store: str) -> StagePartition:
    """Ten records, one of them gone tomorrow, and one with a value that is gone then."""
    return _partition(store, _rows(10))


def new(store: str) -> StagePartition:
    """Two are gone, one says something else, one is new."""
    rows = _rows(11)
    rows["search_record"] = [r for n, r in enumerate(rows["search_record"]) if n not in (3, 4)]
    rows["search_record"][0]["phone"] = "850-555-0100"
    return _partition(store, rows)


def reworded(store: str) -> StagePartition:
    """As the old one with another value: nothing is taken away."""
    rows = _rows(10)
    rows["search_record"][0]["phone"] = "850-555-0101"
    return _partition(store, rows)


def neighbour(store: str) -> StagePartition:
    """Another state of the same tenant, that nobody touches."""
    return _partition(store, search_rows(4, tenant=TENANT, state=NEIGHBOUR, languages=("es",)), NEIGHBOUR)


def stranger(store: str) -> StagePartition:
    """The same state of another tenant."""
    return _partition(store, search_rows(3, tenant=STRANGER, state=STATE, languages=("es",)), tenant=STRANGER)


def spoilt(store: str) -> StagePartition:
    """A row that the store's own model, schema or mapping refuses."""
    rows = _rows(11)
    if store == "hsds_package":
        rows["service"][5]["organization_id"] = "00000000-0000-4000-8000-000000000000"
    elif store == "postgres":
        rows["search_record"][5]["id"] = "no uuid"
    elif store == "mongodb":
        rows["search_record"][5]["original_id"] = SPOILT
    else:
        for record in rows["search_record"]:
            record["minimum_age"] = "eighteen"
    return _partition(store, rows)


SPOILT = "source-spoilt"


def _rows(services: int) -> dict[str, Any]:
    rows = copy.deepcopy(search_rows(services, tenant=TENANT, state=STATE, languages=("es",)))
    records = rows["search_record"]
    records[0]["phone"], records[3]["phone"] = CHANGED, GONE
    if services > 10:
        records[10]["phone"] = ADDED
    return rows


def _partition(store: str, rows: dict[str, Any], state: str = STATE, tenant: str = TENANT) -> StagePartition:
    if store == "hsds_package":  # it publishes the standard's tables, and no search records
        rows = {**rows, "service": copy.deepcopy(rows["service"])}
        by_service = {r["service_id"]: r["phone"] for r in rows["search_record"]}
        for service in rows["service"]:
            service["alert"] = by_service.get(service["id"])
    for record in rows["search_record"]:  # a column that is null throughout has no type
        record |= {"minimum_age": record["minimum_age"] or 18.5, "maximum_age": 99.5}
    if store in ("hsds_package", "postgres"):
        rows = {entity: some for entity, some in rows.items() if entity != "translation"}
    given = stage_partition(rows, tenant=tenant, state=state, locales=LANGUAGES)
    tables = {entity: given.table(entity) for entity in given.entities}
    return replace(given, versions={name: _version(table) for name, table in tables.items()})


def _version(table: pa.Table) -> str:
    return xxhash.xxh3_64_hexdigest(f"{table.schema}{table.to_pylist()}".encode())


class Store(Protocol):
    """One place, empty at first. What a reader remembers outlives the fault, and the publisher that died.

    address  of the server, as a secret holds it
    place    what another process makes the same store of
    """

    name: str
    address: str

    @property
    def place(self) -> list[str]: ...

    def reader(self, mode: str = "incremental", address: str | None = None, **options: Any) -> Reader: ...

    def beside(self) -> Store:
        """Where another tenant's rows are."""

    def shown(self) -> Shown:
        """Without what the reader keeps beside it for itself."""

    def dump(self) -> bytes:
        """All that a search for leaked values has to read."""


class OpenSearch:
    name = "opensearch"

    def __init__(self, address: str, memory: str, engine: str = "opensearch") -> None:
        self.address, self.memory, self.engine = address, memory, engine

    @classmethod
    def fresh(cls, address: str, engine: str) -> OpenSearch:
        opensearch.wipe(address)
        return cls(address, _memory(), engine)

    @property
    def place(self) -> list[str]:
        return [self.address, self.memory, self.engine]

    def reader(
        self, mode: str = "incremental", address: str | None = None, **options: Any
    ) -> OpenSearchReader:
        given = {"reader": self.name, "url": "URL", "engine": self.engine}
        target = OpenSearchTarget.model_validate(
            {**given, "mode": "bulk" if mode == "bulk" else "incremental"}
        )
        options = {"sleep": lambda _: None, "memory": Path(self.memory), **options}
        return OpenSearchReader(target, environ={"URL": address or self.address}, **options)

    def beside(self) -> OpenSearch:
        return self

    def shown(self) -> Shown:
        opensearch.ask(self.address, "POST", "/_refresh")
        aliases = opensearch.ask(self.address, "GET", "/_alias")
        names = sorted({a for index in aliases.values() for a in index["aliases"]})
        found = {name: opensearch.found(self.address, name, {"match_all": {}}) for name in names}
        return {
            f"{name}/{d.get('id') or d.get('organization_id')}": json.dumps(d, sort_keys=True)
            for name, some in found.items()
            for d in some
        }

    def dump(self) -> bytes:
        return opensearch.dump_bytes(self.address)

    def indices(self) -> list[str]:
        return [i for i in opensearch.ask(self.address, "GET", "/_alias") if i.startswith(f"{TENANT}-")]


class MongoDB:
    name = "mongodb"

    def __init__(self, address: str, database: str, memory: str) -> None:
        self.address, self.database, self.memory = address, database, memory

    @classmethod
    def fresh(cls, address: str) -> MongoDB:
        return cls(address, f"t{secrets.token_hex(5)}", _memory())

    @property
    def place(self) -> list[str]:
        return [self.address, self.database, self.memory]

    def reader(self, mode: str = "incremental", address: str | None = None, **options: Any) -> MongoReader:
        given = {"reader": self.name, "url": "URL", "database": self.database}
        target = MongoTarget.model_validate({**given, "mode": "bulk" if mode == "bulk" else "incremental"})
        options = {"memory": Path(self.memory), **options}
        return MongoReader(target, environ={"URL": address or self.address}, **options)

    def beside(self) -> MongoDB:
        return self

    def shown(self) -> Shown:
        found = {}
        for collection in ("resources", "redirects"):
            for key, each in mongodb.documents(self.address, self.database, collection).items():
                states = each.get("ingest", {}).get("states")
                said = {k: v for k, v in each.items() if k != "ingest"}
                found[f"{collection}/{key}"] = json.dumps([said, states], sort_keys=True, default=str)
        return found

    def dump(self) -> bytes:
        return mongodb.dump_bytes(self.address, self.database)


class Postgres:
    name = "postgres"

    def __init__(self, address: str, schema: str) -> None:
        self.address, self.schema = address, schema

    @classmethod
    def fresh(cls, address: str) -> Postgres:
        return cls(address, f"s{secrets.token_hex(5)}")

    @property
    def place(self) -> list[str]:
        return [self.address, self.schema]

    def reader(self, mode: str = "incremental", address: str | None = None, **options: Any) -> PostgresReader:
        environ = {"URL": address or self.address}
        return PostgresReader("URL", db_schema=self.schema, mode=mode, environ=environ, **options)

    def beside(self) -> Postgres:
        return Postgres(self.address, f"{self.schema}_beside")

    def shown(self) -> Shown:
        found, table = {}, ""
        for line in postgres.dump_bytes(self.address, self.schema).decode().splitlines():
            if line.startswith("-- "):
                table = line[3:]
            elif table != "_ingest_publication":
                found[f"{table}/{line}"] = ""
        return found

    def dump(self) -> bytes:
        return postgres.dump_bytes(self.address, self.schema)


class HsdsPackage:
    name = "hsds_package"

    def __init__(self, address: str) -> None:
        self.address = address

    @classmethod
    def fresh(cls, address: str) -> HsdsPackage:
        return cls(str(Path(address, secrets.token_hex(5))))

    @property
    def place(self) -> list[str]:
        return [self.address]

    def reader(self, mode: str = "", address: str | None = None, **options: Any) -> HsdsPackageReader:
        return HsdsPackageReader(Path(self.address), **{"keep_previous": False, **options})

    def beside(self) -> HsdsPackage:
        return self

    def shown(self) -> Shown:
        return {
            f"{path.relative_to(self.address)}/{line}": ""
            for path in Path(self.address).glob("*/*/hsds_package/*")
            if path.name not in ("manifest.json", "datapackage.json")
            for line in path.read_text().splitlines()
        }

    def dump(self) -> bytes:
        return b"\n".join(p.read_bytes() for p in sorted(Path(self.address).rglob("*")) if p.is_file())


@cache
def _memories() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="ingest-remembered-")  # until this process ends


def _memory() -> str:
    """A folder of one store."""
    return str(Path(_memories().name, secrets.token_hex(5)))


STORES: dict[str, Any] = {s.name: s for s in (OpenSearch, MongoDB, Postgres, HsdsPackage)}
