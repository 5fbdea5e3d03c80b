"""Amazon S3, Google Cloud Storage and Azure Blob Storage, by one library."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from dagster_ingest.connectors.base import ReadRequest
from dagster_ingest.connectors.files.location_settings import S3, Azure, Gcs
from dagster_ingest.connectors.files.stores.base import Entry, Faults, Write

_PIECE = 4 * 2**20
_RETRIES: Any = {"max_retries": 4, "retry_timeout": timedelta(minutes=2)}
_REFUSED = re.compile(r"\b(401|403)\b|AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch|InvalidToken")
_NO_BUCKET = re.compile(r"NoSuchBucket|ContainerNotFound|specified bucket does not exist")


class ObjectStore:
    flat = exact = False

    def __init__(self, at: S3 | Gcs | Azure, request: ReadRequest) -> None:
        self._at, self._request = at, request
        self.root = at.prefix.strip("/")
        scheme = "s3" if isinstance(at, S3) else "gs" if isinstance(at, Gcs) else "az"
        place = f"{at.account}/{at.bucket}" if isinstance(at, Azure) else at.bucket
        self._base = f"{scheme}://{place}"
        host = at.endpoint.split("/")[2] if at.endpoint else place
        self._faults = Faults(host, self._base)

    def uri(self, path: str) -> str:
        return f"{self._base}/{quote(path.lstrip('/'))}"

    @contextlib.contextmanager
    def session(self) -> Iterator[_Session]:
        try:
            import obstore  # noqa: F401
        except ModuleNotFoundError:
            raise self._faults.needs("obstore", "cloud") from None
        with self._translated():
            yield _Session(self._made(), self)

    def _made(self) -> Any:
        at = self._at
        common: dict[str, Any] = {
            "client_options": {
                "timeout": timedelta(seconds=at.timeout),
                "connect_timeout": timedelta(seconds=min(at.timeout, 20)),
                "allow_http": (at.endpoint or "").startswith("http:"),
            },
            "retry_config": _RETRIES,
        }
        if at.anonymous:
            common["skip_signature"] = True
        if isinstance(at, S3):
            return self._s3(at, common)
        return self._gcs(at, common) if isinstance(at, Gcs) else self._azure(at, common)

    def _s3(self, at: S3, common: dict[str, Any]) -> Any:
        from obstore.store import S3Store

        if at.endpoint:
            common["endpoint"] = at.endpoint
        if at.access_key is not None and at.secret_key is not None:
            token = self._request.secret(at.session_token) if at.session_token is not None else None
            # Given by a function: what the environment may hold, a session token too, is not mixed in.
            keys = {
                "access_key_id": self._request.secret(at.access_key),
                "secret_access_key": self._request.secret(at.secret_key),
                "token": token,
                "expires_at": None,
            }
            common["credential_provider"] = lambda: keys
        return S3Store(at.bucket, region=at.region or "us-east-1", **common)

    def _gcs(self, at: Gcs, common: dict[str, Any]) -> Any:
        from obstore.store import GCSStore

        if at.endpoint:
            common["base_url"] = at.endpoint
        if at.service_account is not None:
            common["service_account_key"] = self._request.secret(at.service_account)
        return GCSStore(at.bucket, **common)

    def _azure(self, at: Azure, common: dict[str, Any]) -> Any:
        from obstore.store import AzureStore

        if at.endpoint:
            common["endpoint"] = at.endpoint
        if at.account_key is not None:
            common["account_key"] = self._request.secret(at.account_key)
        if at.sas is not None:
            common["sas_key"] = self._request.secret(at.sas).lstrip("?")
        return AzureStore(at.bucket, account_name=at.account, **common)

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        from obstore import exceptions

        faults = self._faults
        try:
            yield
        except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError, PermissionError) as error:
            raise faults.denied(
                f"access is refused: {_words(error)}", "have the keys or their rights renewed"
            ) from None
        except exceptions.PreconditionError:
            raise faults.unavailable("the file was replaced while it was read") from None
        except exceptions.NotFoundError as error:
            raise faults.wrong(
                "file|location", _words(error), "correct `bucket`, `region` and `endpoint`"
            ) from None
        except exceptions.BaseError as error:
            said = str(error)
            if _NO_BUCKET.search(said):
                problem = f"there is no bucket {self._at.bucket!r}"
                raise faults.wrong(
                    "file|location", problem, "correct `bucket`, `region` and `endpoint`"
                ) from None
            if _REFUSED.search(said):
                raise faults.denied(f"access is refused: {_words(error)}", "have the keys renewed") from None
            raise faults.unavailable(_words(error)) from None


class _Session:
    def __init__(self, store: Any, place: ObjectStore) -> None:
        self._store, self._place = store, place

    def entries(self, folder: str) -> list[Entry]:
        import obstore
        from obstore.exceptions import NotFoundError

        prefix = folder.strip("/")
        try:
            found = obstore.list_with_delimiter(self._store, f"{prefix}/" if prefix else None)
        except (NotFoundError, FileNotFoundError):
            bucket = self._place._at.bucket
            raise self._place._faults.wrong(
                "file|location", f"there is no bucket {bucket!r}", "correct `bucket`, `region` and `endpoint`"
            ) from None
        folders = [Entry(path.rpartition("/")[2], path, folder=True) for path in found["common_prefixes"]]
        return [*folders, *(_entry(told) for told in found["objects"])]

    def fetch(self, entry: Entry, write: Write) -> Entry:
        import obstore
        from obstore.exceptions import NotFoundError

        try:
            got = obstore.get(self._store, entry.path)
        except (NotFoundError, FileNotFoundError):
            raise self._place._faults.unavailable(
                "the file was removed", self._place.uri(entry.path)
            ) from None
        for piece in got.stream(min_chunk_size=_PIECE):
            write(bytes(piece))
        return _entry(got.meta)


def _entry(told: Any) -> Entry:
    path, modified = told["path"], told["last_modified"].timestamp()
    # Azure quotes a tag where it is a header, and not where it is listed.
    version = (told["e_tag"] or "").strip('"') or told["version"] or str(modified)
    return Entry(path.rpartition("/")[2], path, False, told["size"], modified, version)


def _words(error: Exception) -> str:
    """The first line, without the queries of addresses: they may hold signatures."""
    said = str(error).strip().splitlines() or [type(error).__name__]
    return re.sub(r"\?[^\s\"']*", "?...", said[0])[:300]
