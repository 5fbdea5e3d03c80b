from __future__ import annotations

import pytest

from dagster_ingest.land.iceberg import IcebergBacking
from dagster_ingest.spec.warehouse import IcebergWarehouse
from dagster_ingest.testing import iceberg_rest, nessie, postgres
from dagster_ingest.testing.places import S3_NAME
from dagster_ingest.testing.places.s3 import S3Bucket
from tests.land.iceberg import helpers
from tests.servers import or_skip

CATALOGS = [
    "sqlite",
    "sqlite on s3",
    pytest.param("postgres", marks=pytest.mark.postgres),
    pytest.param("rest", marks=pytest.mark.nessie),
    pytest.param("nessie", marks=pytest.mark.nessie),
]


@pytest.fixture
def parts(tmp_path):
    return tmp_path / "parts"


@pytest.fixture
def opened(tmp_path):
    """Makes backings over one catalog, each as another process would have it."""
    made = []

    def open_one(spec=None, secrets=None, **target):
        of = IcebergWarehouse.model_validate({"type": "iceberg", **target})
        spec, named = spec or helpers.spec(), dict(secrets or {})
        made.append(IcebergBacking(of, spec, named.__getitem__, tmp_path / spec.name))
        return made[-1]

    yield open_one
    for backing in made:
        backing.close()


@pytest.fixture
def backing(opened):
    return opened()


@pytest.fixture(scope="session")
def bucket():
    with S3Bucket() as found:
        yield found


@pytest.fixture(scope="session")
def nessie_server(bucket):
    with or_skip(nessie.running(bucket.endpoint)) as uri:
        yield uri


@pytest.fixture(scope="session")
def rest_server(tmp_path_factory):
    with or_skip(iceberg_rest.running(tmp_path_factory.mktemp("rest"))) as uri:
        yield uri


@pytest.fixture(params=CATALOGS)
def target(request, tmp_path) -> tuple[dict, dict[str, str]]:
    """A target for a catalog of this kind, and the secrets that it names. Servers are shared by tests:
    what a test uses there is a namespace of its own."""
    kind = request.param
    if kind == "sqlite":
        return {}, {}
    if kind == "postgres":
        dsn = postgres.address(request.getfixturevalue("postgres_dsn"))
        uri = dsn.replace("postgresql://", "postgresql+psycopg://")
        return {"catalog": {"type": "sql", "uri": {"secret": "CATALOG"}}}, {"CATALOG": uri}
    if kind == "rest":
        return {"catalog": {"type": "rest", "uri": request.getfixturevalue("rest_server")}}, {}
    endpoint = request.getfixturevalue("bucket").endpoint
    if kind == "sqlite on s3":
        location = f"s3://{S3_NAME}/{tmp_path.name}"
        return {"location": location, "store": nessie.store(endpoint)}, nessie.secrets()
    uri = request.getfixturevalue("nessie_server")
    return nessie.target(uri, endpoint), nessie.secrets()


@pytest.fixture
def warehouse(opened, target):
    """Opens backings over the catalog; what is in its namespaces is gone at the end."""
    settings, secrets = target
    made = []

    def open_one(spec=None):
        made.append(opened(spec, secrets, **{k: v for k, v in settings.items() if k != "type"}))
        return made[-1]

    yield open_one
    for tenant in {backing.spec.name for backing in made}:
        catalog = next(b for b in made if b.spec.name == tenant).catalogs.main()
        if catalog.namespace_exists(tenant):
            for name in catalog.list_tables(tenant):
                catalog.drop_table(name)
            catalog.drop_namespace(tenant)
