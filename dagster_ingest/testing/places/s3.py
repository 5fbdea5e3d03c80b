"""S3 on loopback: moto, a stand-in that speaks its protocol."""

from __future__ import annotations

from typing import Any

from dagster_ingest.testing.places import S3_KEY as KEY
from dagster_ingest.testing.places import S3_NAME as BUCKET
from dagster_ingest.testing.places import S3_SECRET as SECRET


class S3Bucket:
    def __init__(self) -> None:
        self.port = 0

    def settings(self, **changes: Any) -> dict[str, Any]:
        """A location that leads here; the secrets' names are S3_KEY and S3_SECRET."""
        at: dict[str, Any] = {"bucket": BUCKET, "endpoint": self.endpoint, "timeout": 10}
        at |= {"access_key": {"secret": "S3_KEY"}, "secret_key": {"secret": "S3_SECRET"}}
        return {"location": {"s3": {**at, **changes}}}

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def put(self, name: str, content: bytes) -> None:
        self._client.put_object(Bucket=BUCKET, Key=name, Body=content)

    def clear(self) -> None:
        for told in self._client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
            self._client.delete_object(Bucket=BUCKET, Key=told["Key"])

    def __enter__(self) -> S3Bucket:
        import boto3
        from botocore.config import Config
        from moto.server import ThreadedMotoServer

        self._server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        self._server.start()
        self.port = self._server.get_host_and_port()[1]
        self._client = boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            config=Config(proxies={}),
        )
        self._client.create_bucket(Bucket=BUCKET)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()
        self._server.stop()
