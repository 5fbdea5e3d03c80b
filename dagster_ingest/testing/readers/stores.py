"""The stores themselves: a folder, a real PostgreSQL, stand-ins for OpenSearch and MongoDB."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from shutil import rmtree
from typing import Any

from dagster_ingest.publish.base import Reader
from dagster_ingest.testing.noserver import NoServer
from dagster_ingest.testing.readers.world import TENANT, NoStore, Provider

_DATABASE = "conformance"


class _Serving(Provider):
    """One whose server is a context."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._stack = ExitStack()

    def __exit__(self, *error: Any) -> None:
        self._stack.close()

    def start(self, running: Any) -> Any:
        try:
            return self._stack.enter_context(running())
        except NoServer as reason:
            raise NoStore(str(reason)) from None


class PackageProvider(Provider):
    points = ("publish.building", "publish.swap", "publish.shown")
    keeps = True

    def __exit__(self, *error: Any) -> None:
        self.empty()

    def empty(self) -> None:
        rmtree(self.folder / "published", ignore_errors=True)

    def reader(self) -> Reader:
        from dagster_ingest.publish.hsds_package import HsdsPackageReader

        return HsdsPackageReader(self.folder / "published")

    def dump(self) -> bytes:
        files = sorted(path for path in self.folder.rglob("*") if path.is_file())
        return b"\n".join(path.read_bytes() for path in files)

    def spoil(self, text: str) -> None:
        for path in (self.folder / "published").rglob("services.csv"):
            path.write_bytes(path.read_bytes().replace(text.encode(), text[::-1].encode()))

    def program(self) -> tuple[str, dict[str, str]]:
        source = (
            "from pathlib import Path\n"
            "from dagster_ingest.publish.hsds_package import HsdsPackageReader\n"
            f"reader = HsdsPackageReader(Path({str(self.folder / 'published')!r}))"
        )
        return source, {}


class PostgresProvider(_Serving):
    points = ("publish.copied", "publish.commit")

    def __enter__(self) -> PostgresProvider:
        from dagster_ingest.testing import postgres

        admin = self.start(postgres.running_server)
        self.dsn = self._stack.enter_context(postgres.new_database(admin))
        return self

    def empty(self) -> None:
        from dagster_ingest.testing.postgres import session

        with session(self.dsn) as connection:
            connection.execute(f"drop schema if exists {TENANT} cascade")

    def reader(self) -> Reader:
        from dagster_ingest.publish.postgres import PostgresReader

        return PostgresReader("DSN", environ={"DSN": self.dsn})

    def dump(self) -> bytes:
        from dagster_ingest.testing.postgres import dump_bytes

        return dump_bytes(self.dsn, TENANT)

    def spoil(self, text: str) -> None:
        from dagster_ingest.testing.postgres import session

        with session(self.dsn) as connection:
            connection.execute(f"update {TENANT}.service set name = reverse(name) where name = %s", [text])

    def program(self) -> tuple[str, dict[str, str]]:
        source = "from dagster_ingest.publish.postgres import PostgresReader\nreader = PostgresReader('DSN')"
        return source, {"DSN": self.dsn}


class OpenSearchProvider(_Serving):
    points = ("publish.planned", "publish.writing", "publish.written", "publish.shown")
    keeps = True
    by_state = False

    def __enter__(self) -> OpenSearchProvider:
        from dagster_ingest.testing import opensearch

        self.url = self.start(opensearch.stand_in)
        return self

    def empty(self) -> None:
        from dagster_ingest.testing.opensearch import wipe

        wipe(self.url)

    def reader(self) -> Reader:
        from dagster_ingest.publish.opensearch import OpenSearchReader
        from dagster_ingest.spec.models import OpenSearchTarget

        target = OpenSearchTarget(reader="opensearch", url="SEARCH_URL")
        return OpenSearchReader(target, environ={"SEARCH_URL": self.url})

    def dump(self) -> bytes:
        from dagster_ingest.testing.opensearch import dump_bytes

        return dump_bytes(self.url)

    def spoil(self, text: str) -> None:
        from dagster_ingest.testing.opensearch import ask, found

        alias = f"{TENANT}-resources_en"
        [index] = ask(self.url, "GET", f"/_alias/{alias}")
        ask(self.url, "POST", "/_refresh")
        for document in found(self.url, alias, {"match_all": {}}):
            if document["service"]["name"] == text:
                document["service"]["name"] = text[::-1]
                ask(self.url, "PUT", f"/{index}/_doc/{document['id']}", document)

    def program(self) -> tuple[str, dict[str, str]]:
        source = (
            "from dagster_ingest.publish.opensearch import OpenSearchReader\n"
            "from dagster_ingest.spec.models import OpenSearchTarget\n"
            "reader = OpenSearchReader(OpenSearchTarget(reader='opensearch', url='SEARCH_URL'))"
        )
        return source, {"SEARCH_URL": self.url}


class MongoProvider(_Serving):
    points = ("publish.planned", "publish.writing", "publish.written", "publish.shown")

    def __enter__(self) -> MongoProvider:
        from dagster_ingest.testing import mongodb

        self.uri = self.start(mongodb.stand_in)
        return self

    def empty(self) -> None:
        from dagster_ingest.publish.mongodb.driver import connected

        with connected(self.uri, _DATABASE) as database:
            for name in database.list_collection_names():
                database.drop_collection(name)

    def reader(self) -> Reader:
        from dagster_ingest.publish.mongodb import MongoReader
        from dagster_ingest.spec.models import MongoTarget

        target = MongoTarget(reader="mongodb", url="MONGO_URL", database=_DATABASE)
        return MongoReader(target, environ={"MONGO_URL": self.uri})

    def dump(self) -> bytes:
        from dagster_ingest.testing.mongodb import dump_bytes

        return dump_bytes(self.uri, _DATABASE)

    def spoil(self, text: str) -> None:
        from dagster_ingest.publish.mongodb.driver import connected

        with connected(self.uri, _DATABASE) as database:
            database["resources"].update_many(
                {"translations.serviceName": text}, {"$set": {"displayName": text[::-1]}}
            )

    def program(self) -> tuple[str, dict[str, str]]:
        source = (
            "from dagster_ingest.publish.mongodb import MongoReader\n"
            "from dagster_ingest.spec.models import MongoTarget\n"
            f"target = MongoTarget(reader='mongodb', url='MONGO_URL', database={_DATABASE!r})\n"
            "reader = MongoReader(target)"
        )
        return source, {"MONGO_URL": self.uri}
