"""How Snowflake reads Iceberg raw tables: external volume, catalog integration, a table for each one.

Text only. Where a secret belongs stands `&NAME`, which SnowSQL and the Snowflake CLI fill in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dagster_ingest.errors import SpecError
from dagster_ingest.land.grants.names import identifier, text
from dagster_ingest.land.grants.places import grant, owned
from dagster_ingest.land.grants.statement import ACCOUNT, SECURITY, SYSTEM, USERS, Plan, Statement
from dagster_ingest.naming import warehouse_schema
from dagster_ingest.spec.resolved import TenantSpec
from dagster_ingest.spec.secret import Secret
from dagster_ingest.spec.warehouse import IcebergWarehouse, NessieCatalog, RestCatalog, SnowflakeReader

_WHERE = "deploy/warehouses.yaml"
_NOT_DONE = "no SQL was made"


def iceberg_plan(target: IcebergWarehouse, tenants: Sequence[TenantSpec]) -> Plan:
    """Raises SpecError where Snowflake cannot reach the tables: no object store, or no REST catalog."""
    reader, catalog = target.snowflake, target.catalog
    if reader is None:
        raise _refused("the target does not say how Snowflake reads it", "add `snowflake: {database: ...}`")
    if "{TENANT}" in reader.database + reader.owner:
        raise _refused("one database holds the tables of all tenants", "leave {TENANT} out of `snowflake`")
    if not isinstance(catalog, RestCatalog | NessieCatalog):
        raise _refused(
            f"Snowflake cannot ask a catalog of type {catalog.type}", "use a catalog of type rest or nessie"
        )
    if not (target.location or "").startswith("s3://"):
        raise _refused("Snowflake cannot read files of this machine", "let `location` be an s3:// prefix")
    ordered = sorted(tenants, key=lambda spec: spec.name)
    return Plan(tuple(_statements(target, reader, catalog, ordered)), tuple(_notes(target, reader, catalog)))


def _statements(
    target: IcebergWarehouse,
    reader: SnowflakeReader,
    catalog: RestCatalog | NessieCatalog,
    tenants: Sequence[TenantSpec],
) -> Iterator[Statement]:
    owner, database = reader.owner, reader.database
    volume, integration = f"{database}_ICEBERG", f"{database}_CATALOG"
    yield Statement(f"create role if not exists {identifier(owner)}", USERS, "Owns what is made here")
    yield Statement(
        f'grant role {identifier(owner)} to role "SYSADMIN"', SECURITY, "Administrators manage it"
    )
    yield _volume(target, reader, volume)
    yield _integration(reader, catalog, integration)
    why = "Tables need the volume and the catalog"
    yield grant(("USAGE",), "external volume", (volume,), owner, "", why)
    yield grant(("USAGE",), "integration", (integration,), owner, "", why)
    quoted = identifier(database)
    yield Statement(f"create database if not exists {quoted}", SYSTEM, "Holds the schemas of the tenants")
    yield owned("database", (database,), owner, "")
    for spec in tenants:
        yield from _tables(spec, reader, volume, integration)


def _volume(target: IcebergWarehouse, reader: SnowflakeReader, name: str) -> Statement:
    store = target.store
    place = [f"name = {text(name.lower())}"]
    base = (target.location or "").rstrip("/") + "/"
    if store is not None and store.endpoint:
        place += ["storage_provider = 'S3COMPAT'", f"storage_base_url = {text('s3compat' + base[2:])}"]
        place += [f"storage_endpoint = {text(_host(store.endpoint))}"]
        keys = f"aws_key_id = {_filled(store.access_key, 'ACCESS_KEY')}"
        keys += f" aws_secret_key = {_filled(store.secret_key, 'SECRET_KEY')}"
        place += [f"credentials = ({keys})"]
    else:
        place += ["storage_provider = 'S3'", f"storage_base_url = {text(base)}"]
        place += [f"storage_aws_role_arn = {text(reader.storage_role or '&STORAGE_ROLE')}"]
    return Statement(
        f"create external volume if not exists {identifier(name)} "
        f"storage_locations = (({' '.join(place)})) allow_writes = false",
        ACCOUNT,
        "Where the files of the raw tables lie; Snowflake only reads them",
    )


def _integration(reader: SnowflakeReader, catalog: RestCatalog | NessieCatalog, name: str) -> Statement:
    uri = reader.catalog_uri or catalog.uri
    if isinstance(catalog, NessieCatalog) and reader.catalog_uri is None:
        uri = f"{uri.rstrip('/')}/iceberg/{catalog.branch}"
    config = [f"catalog_uri = {text(uri)}"]
    if catalog.warehouse:
        config.append(f"catalog_name = {text(catalog.warehouse)}")
    credential = catalog.credential if isinstance(catalog, RestCatalog) else None
    if credential is not None:
        known = (
            f"type = oauth oauth_client_id = '&{credential.secret}_ID' "
            f"oauth_client_secret = '&{credential.secret}_SECRET' oauth_allowed_scopes = ('catalog')"
        )
    else:  # Snowflake asks no catalog that lets everybody in
        known = f"type = bearer bearer_token = {_filled(catalog.token, 'CATALOG_TOKEN')}"
    return Statement(
        f"create catalog integration if not exists {identifier(name)} catalog_source = iceberg_rest "
        f"table_format = iceberg rest_config = ({' '.join(config)}) "
        f"rest_authentication = ({known}) enabled = true",
        ACCOUNT,
        "Asks the catalog which snapshot of a table is the present one",
    )


def _tables(spec: TenantSpec, reader: SnowflakeReader, volume: str, integration: str) -> Iterator[Statement]:
    schema = (reader.database, warehouse_schema("raw", spec.name))
    create = f"create schema if not exists {identifier(*schema)} with managed access"
    yield Statement(create, SYSTEM, f"The raw tables of {spec.name}", spec.name)
    yield owned("schema", schema, reader.owner, spec.name)
    for raw in sorted(table.raw for source in spec.sources for table in source.tables):
        yield Statement(
            f"create iceberg table if not exists {identifier(*schema, raw.upper())} "
            f"external_volume = {text(volume)} catalog = {text(integration)} "
            f"catalog_namespace = {text(spec.name)} catalog_table_name = {text(raw)} auto_refresh = true",
            SYSTEM,
            f"dbt on Snowflake reads {spec.name}'s tables here; they must have been loaded once",
            spec.name,
        )


def _notes(
    target: IcebergWarehouse, reader: SnowflakeReader, catalog: RestCatalog | NessieCatalog
) -> Iterator[str]:
    if not reader.storage_role and not (target.store and target.store.endpoint):
        yield "`snowflake.storage_role` is not given: fill in &STORAGE_ROLE"
    if isinstance(catalog, NessieCatalog):
        yield f"Snowflake sees the branch {catalog.branch!r}: a load appears when its commit is there"
    yield "secrets are not shown: what begins with & is to be filled in"


def _filled(secret: Secret | None, otherwise: str) -> str:
    return f"'&{secret.secret if secret is not None else otherwise}'"


def _host(endpoint: str) -> str:
    return endpoint.partition("://")[2] or endpoint


def _refused(problem: str, fix: str) -> SpecError:
    return SpecError(problem, where=_WHERE, not_done=_NOT_DONE, fix=fix)
