"""Buckets as WebFiles answers for them: the listings of S3, Google and Azure, and faults on the wire.

Stand-ins: flat, unsigned, one page. S3 in full is in `s3.py`.
"""

from __future__ import annotations

import hashlib
from typing import Any

from dagster_ingest.testing.places.web import Served, WebFiles

_TIME = "Mon, 02 Nov 2026 03:15:00 GMT"


def put(web: WebFiles, kind: str, bucket: str, objects: dict[str, bytes]) -> dict[str, Served]:
    """Lists and serves `objects`; kind is s3, gcs or azure. The answers, to be broken."""
    listing = _azure(objects) if kind == "azure" else _s3(bucket, objects)
    found = {"": web.put(bucket, listing, headers={"content-type": "application/xml"})}
    for name, content in objects.items():
        headers = {"last-modified": _TIME, "etag": _tag(content), "x-goog-generation": "1"}
        found[name] = web.put(f"{bucket}/{name}", content, headers=headers)
    return found


def settings(web: WebFiles, kind: str, bucket: str, **more: Any) -> dict[str, Any]:
    at: dict[str, Any] = {"bucket": bucket, "endpoint": web.base, "anonymous": True, "timeout": 5}
    if kind == "azure":
        at["account"] = "acmeexports"
    return {"location": {kind: {**at, **more}}}


def _tag(content: bytes) -> str:
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'


def _s3(bucket: str, objects: dict[str, bytes]) -> bytes:
    items = "".join(
        f"<Contents><Key>{name}</Key><LastModified>2026-11-02T03:15:00.000Z</LastModified>"
        f"<ETag>{_tag(content)}</ETag><Size>{len(content)}</Size></Contents>"
        for name, content in objects.items()
    )
    return (
        '<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        f"<Name>{bucket}</Name><IsTruncated>false</IsTruncated>{items}</ListBucketResult>"
    ).encode()


def _azure(objects: dict[str, bytes]) -> bytes:
    items = "".join(
        f"<Blob><Name>{name}</Name><Properties><Last-Modified>{_TIME}</Last-Modified>"
        f"<Content-Length>{len(content)}</Content-Length><Content-Type>text/csv</Content-Type>"
        f"<Etag>{_tag(content).strip(chr(34))}</Etag></Properties></Blob>"
        for name, content in objects.items()
    )
    listed = f"<EnumerationResults><Blobs>{items}</Blobs><NextMarker/></EnumerationResults>"
    return f'<?xml version="1.0"?>{listed}'.encode()
