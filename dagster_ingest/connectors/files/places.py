"""The place that a request looks at: the tenant's drop folder, or one elsewhere."""

from __future__ import annotations

from pathlib import Path

from dagster_ingest.connectors.base import ReadRequest
from dagster_ingest.connectors.files.folder import Folder, matcher
from dagster_ingest.connectors.files.ready import Readiness, seconds
from dagster_ingest.connectors.files.remote import RemoteFolder
from dagster_ingest.connectors.files.settings import FilesSettings
from dagster_ingest.connectors.files.stores.base import Store

_SFTP_AGE = 60.0  # seconds: an upload grows under its own name, and its size tells nothing
Place = Folder | RemoteFolder


def place_of(request: ReadRequest, settings: FilesSettings, staging: Path) -> Place:
    """staging: a folder for what is fetched from elsewhere."""
    ready = Readiness(_min_age(settings), settings.marker)
    if settings.location is None:
        allowed = Path(request.allowed)
        return Folder(allowed, allowed / settings.path, ready)
    return RemoteFolder(
        _store(request, settings),
        settings.path,
        ready,
        staging,
        newest=settings.pick == "newest",
        by_time=settings.newest_by == "mtime",
        max_bytes=settings.max_bytes,
    )


def _min_age(settings: FilesSettings) -> float:
    if settings.min_age is not None:
        return seconds(settings.min_age)
    return _SFTP_AGE if settings.location is not None and settings.location.sftp is not None else 0.0


def _store(request: ReadRequest, settings: FilesSettings) -> Store:
    at = settings.location
    assert at is not None
    if at.sftp is not None:
        from dagster_ingest.connectors.files.stores.sftp import SftpStore

        return SftpStore(at.sftp, request)
    if at.http is not None:
        from dagster_ingest.connectors.files.stores.web import WebStore

        return WebStore(at.http, request, settings.pattern)
    if at.maildrop is not None:
        from dagster_ingest.connectors.files.stores.mail import MailStore

        return MailStore(at.maildrop, request, _attachment(settings.pattern), settings.pick == "newest")
    from dagster_ingest.connectors.files.stores.objects import ObjectStore

    found = at.s3 or at.gcs or at.azure
    assert found is not None
    return ObjectStore(found, request)


def _attachment(pattern: str):
    matches = matcher(pattern.rpartition("/")[2])
    return lambda name: matches(name) or matches(name.removesuffix(".gz")) or name.endswith(".zip")
