"""Catalogs as the target names them: SQLite, a database, REST, Nessie; and the object store under them."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_ingest.land.iceberg.nessie import Nessie
from dagster_ingest.spec.warehouse import IcebergWarehouse, NessieCatalog, RestCatalog, SqlCatalog

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog

    from dagster_ingest.spec.secret import Secret

FOLDER = "iceberg"


class Catalogs:
    """The catalog of one tenant. Nothing is opened before it is asked for; a forked child opens its own."""

    def __init__(
        self, target: IcebergWarehouse, tenant: str, secrets: Callable[[str], str], folder: Path
    ) -> None:
        self.target, self.tenant = target, tenant
        self._secrets, self._folder = secrets, folder / FOLDER
        self._open: dict[tuple[int, str], Catalog] = {}
        self._guard = threading.Lock()

    @property
    def nessie(self) -> Nessie | None:
        """Nessie's own interface, where the catalog is one."""
        at = self.target.catalog
        return Nessie(at.uri, at.branch, self._secret(at.token)) if isinstance(at, NessieCatalog) else None

    def main(self) -> Catalog:
        """The catalog that readers see."""
        at = self.target.catalog
        return self.at(at.branch if isinstance(at, NessieCatalog) else "")

    def at(self, ref: str) -> Catalog:
        """The catalog of a branch (or `branch@hash`) of Nessie; others have one alone, named ""."""
        key = (os.getpid(), ref)
        with self._guard:
            if key not in self._open:
                made = self._made(ref)
                if "@" in ref or ref.startswith("load/"):
                    return made
                self._open[key] = made
            return self._open[key]

    def close(self) -> None:
        with self._guard:
            for (pid, _), catalog in self._open.items():
                if pid == os.getpid():
                    catalog.close()
            self._open.clear()

    def location(self, table: str) -> str | None:
        """Where a new table lies; None: where the catalog says."""
        base = self.target.location
        return f"{base.rstrip('/')}/{self.tenant}/{table}" if base else None

    def namespace(self) -> None:
        """Make the tenant's namespace, where it is not there."""
        from pyiceberg.exceptions import CommitFailedException, NamespaceAlreadyExistsError
        from sqlalchemy.exc import IntegrityError

        catalog = self.main()
        if not catalog.namespace_exists(self.tenant):
            try:
                catalog.create_namespace(self.tenant)
            except (NamespaceAlreadyExistsError, CommitFailedException, IntegrityError):
                if not catalog.namespace_exists(self.tenant):
                    raise

    def _made(self, ref: str) -> Catalog:
        at = self.target.catalog
        options = {"py-io-impl": "pyiceberg.io.pyarrow.PyArrowFileIO", **self._store()}
        if isinstance(at, NessieCatalog):
            token = {"token": found} if (found := self._secret(at.token)) else {}
            return _nessie_catalog(at, ref, {**options, **token})
        if isinstance(at, RestCatalog):
            from pyiceberg.catalog.rest import RestCatalog as Rest

            said = {"warehouse": at.warehouse, "token": self._secret(at.token)}
            said["credential"] = self._secret(at.credential)
            return Rest("rest", uri=at.uri, **options, **{k: v for k, v in said.items() if v})
        self._folder.mkdir(parents=True, exist_ok=True)
        base = self.target.location or f"file://{self._folder.absolute()}"
        if isinstance(at, SqlCatalog):
            return _sql_catalog(self._secret(at.uri), {"warehouse": base, **options})
        uri = f"sqlite:///{(self._folder / 'catalog.db').absolute()}"
        return _sql_catalog(uri, {"warehouse": base, **options})

    def _store(self) -> dict[str, str]:
        store = self.target.store
        if store is None:
            return {}
        said = {
            "s3.endpoint": store.endpoint,
            "s3.region": store.region,
            "s3.access-key-id": self._secret(store.access_key),
            "s3.secret-access-key": self._secret(store.secret_key),
        }
        return {name: value for name, value in said.items() if value}

    def _secret(self, named: Secret | None) -> str:
        return self._secrets(named.secret) if named is not None else ""


def _sql_catalog(uri: str, options: dict[str, str]) -> Catalog:
    """Holds no connection between two statements: a landing is opened for each step, and nobody closes it."""
    from pyiceberg.catalog.sql import SqlCatalog as Sql
    from sqlalchemy import create_engine
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.pool import NullPool

    try:
        made = Sql("ingest", uri=uri, **options)
    except DBAPIError as error:
        # Two processes found a new database without its tables, and the other one made them meanwhile.
        if "already exists" not in str(error.orig):
            raise
        made = Sql("ingest", uri=uri, **options)
    made.engine.dispose()
    made.engine = create_engine(uri, poolclass=NullPool)
    return made


def _nessie_catalog(at: NessieCatalog, ref: str, options: dict[str, str]) -> Catalog:
    """Nessie's REST endpoint at a branch. It asks for `last-column-id` beside a new schema, which the
    protocol has given up and pyiceberg leaves out: it is added on the way.
    """
    from urllib.parse import quote

    from pyiceberg.catalog.rest import RestCatalog as Rest
    from requests.adapters import HTTPAdapter

    class Adapter(HTTPAdapter):
        def send(self, request: Any, *args: Any, **more: Any) -> Any:
            if request.body and b'"add-schema"' in request.body:
                request.body = _with_last_column(request.body)
                request.headers["Content-Length"] = str(len(request.body))
            return super().send(request, *args, **more)

    class OfNessie(Rest):
        def _create_session(self) -> Any:
            session = super()._create_session()
            session.mount(at.uri, Adapter())
            return session

    prefix = quote(f"{ref}|{at.warehouse}", safe="")
    return OfNessie("nessie", uri=f"{at.uri.rstrip('/')}/iceberg", prefix=prefix, **options)


def _with_last_column(body: bytes) -> bytes:
    told = json.loads(body)
    for update in told["updates"]:
        if update["action"] == "add-schema":
            update.setdefault("last-column-id", max(field["id"] for field in update["schema"]["fields"]))
    return json.dumps(told).encode()
