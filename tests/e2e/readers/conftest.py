"""Two days of all sample tenants in each store: published whole on day one, by difference on day two.

Writers run once for all of it. Whoever works on these tests can keep what they made: where the
environment names a folder with `stages1` and `stages2`, nothing is run at all.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from dagster_ingest.publish.base import Publication, StagePartition
from dagster_ingest.publish.documents.about import languages, with_english
from dagster_ingest.publish.hsds_package import HsdsPackageReader
from dagster_ingest.publish.mongodb import MongoReader
from dagster_ingest.publish.opensearch import OpenSearchReader
from dagster_ingest.publish.opensearch.server import Server
from dagster_ingest.publish.postgres import PostgresReader
from dagster_ingest.spec.models import MongoTarget, OpenSearchTarget
from dagster_ingest.testing import mongodb, opensearch, postgres, sample, stages
from dagster_ingest.testing.search.facts import Fact, facts
from tests.e2e.conftest import ROOT
from tests.search_servers import ASKED, engine_of, running
from tests.servers import or_skip

STAGES_VARIABLE = "DAGSTER_INGEST_TEST_STAGES"
DATABASE = "search"
TENANTS = sample.TENANTS


def codes_of(tenant: str) -> list[str]:
    """The languages in which applications ask for a sample tenant."""
    spec = yaml.safe_load((ROOT / "tenants" / tenant / "tenant.yaml").read_text())
    return list(languages(with_english(spec.get("locales", ["en"]))))


LOCALES = [
    pytest.param(tenant, code, id=f"{tenant}-{code}") for tenant in TENANTS for code in codes_of(tenant)
]


@dataclass
class Days:
    """Stage partitions by tenant and state, and canaries. A state that day two refused is not in `two`."""

    one: dict[tuple[str, str], StagePartition]
    two: dict[tuple[str, str], StagePartition]
    canaries: tuple[sample.Canary, ...]

    def private_on(self, day: int) -> list[sample.Canary]:
        return [canary for canary in self.canaries if canary.from_day <= day]

    @property
    def shown(self) -> dict[tuple[str, str], StagePartition]:
        """What is to be seen after day two."""
        return {**self.one, **self.two}

    def of(self, tenant: str) -> list[StagePartition]:
        return [partition for (name, _), partition in self.shown.items() if name == tenant]

    @cache  # noqa: B019 (there is one for the whole session)
    def facts(self, tenant: str, code: str) -> list[Fact]:
        """All records of a tenant in a language, in order of id."""
        found: dict[str, Fact] = {}
        for partition in self.of(tenant):
            locale = languages(with_english(partition.locales))[code]
            found |= {fact.id: fact for fact in facts(partition, locale)}
        return [found[key] for key in sorted(found)]

    __hash__ = object.__hash__


@dataclass
class Store:
    """A store after both days.

    dump  everything that it holds now, as bytes
    client  asks a store for search
    one, two  what it held after each day; first, second  what the publishers said
    """

    name: str
    address: str
    reader: Any
    dump: Callable[[], bytes]
    client: Any = None
    one: bytes = b""
    two: bytes = b""
    first: dict[tuple[str, str], Publication] = field(default_factory=dict)
    second: dict[tuple[str, str], Publication] = field(default_factory=dict)

    def live_through(self, both: Days) -> Store:
        self.first = {key: self.reader.publish(partition) for key, partition in both.one.items()}
        self.one = self.dump()
        self.second = {key: self.reader.publish(partition) for key, partition in both.two.items()}
        self.two = self.dump()
        return self


@pytest.fixture(scope="session")
def both(request: pytest.FixtureRequest, tmp_path_factory) -> Days:
    named = os.environ.get(STAGES_VARIABLE)
    if named:
        folders = [Path(named) / f"stages{day}" for day in (1, 2)]
    else:
        made = request.getfixturevalue("days")
        folders = [made.one.stages, made.two.stages]
    parts = [{(p.tenant, p.state): p for p in map(stages.kept, sorted(at.glob("*/*")))} for at in folders]
    told = {c for day in (1, 2) for c in sample.write(tmp_path_factory.mktemp("drops"), day=day).canaries}
    return Days(*parts, tuple(sorted(told, key=lambda canary: canary.token)))


@pytest.fixture(scope="session", params=ASKED)
def search(request, both) -> Iterator[Store]:
    """The stand-in for OpenSearch, and the real ones where they are here."""
    engine = engine_of(request.param)
    with running(request.param) as url, Server(url, engine=engine) as client:
        given = {"reader": "opensearch", "url": "SEARCH_URL", "engine": engine, "replicas": 0}
        target = OpenSearchTarget.model_validate(given)
        reader = OpenSearchReader(target, environ={"SEARCH_URL": url}, sleep=time.sleep)
        store = Store(request.param, url, reader, lambda: opensearch.dump_bytes(url), client)
        yield store.live_through(both)


@pytest.fixture(scope="session")
def documents(both) -> Iterator[Store]:
    with or_skip(mongodb.stand_in()) as uri:
        target = MongoTarget.model_validate({"reader": "mongodb", "url": "MONGO_URL", "database": DATABASE})
        reader = MongoReader(target, environ={"MONGO_URL": uri})
        yield Store("stand-in", uri, reader, lambda: mongodb.dump_bytes(uri, DATABASE)).live_through(both)


@pytest.fixture(scope="session")
def tables(both, postgres_server) -> Iterator[Store]:
    with postgres.new_database(postgres_server) as dsn:
        reader = PostgresReader("PUBLISH_DSN", environ={"PUBLISH_DSN": dsn})
        yield Store("real", dsn, reader, lambda: postgres.dump_everything(dsn)).live_through(both)


@pytest.fixture(scope="session")
def packages(both, tmp_path_factory) -> Store:
    folder = tmp_path_factory.mktemp("published")

    def dump() -> bytes:
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        return b"\n".join(path.read_bytes() for path in files)

    return Store("files", str(folder), HsdsPackageReader(folder), dump).live_through(both)
