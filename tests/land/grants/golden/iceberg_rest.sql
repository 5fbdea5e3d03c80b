-- Note: secrets are not shown: what begins with & is to be filled in

use role "USERADMIN";

-- Owns what is made here
create role if not exists "INGEST_PLATFORM";

use role "SECURITYADMIN";

-- Administrators manage it
grant role "INGEST_PLATFORM" to role "SYSADMIN";

use role "ACCOUNTADMIN";

-- Where the files of the raw tables lie; Snowflake only reads them
create external volume if not exists "LAKE_ICEBERG" storage_locations = ((name = 'lake_iceberg' storage_provider = 'S3' storage_base_url = 's3://resources/raw/' storage_aws_role_arn = 'arn:aws:iam::123456789012:role/reads')) allow_writes = false;

-- Asks the catalog which snapshot of a table is the present one
create catalog integration if not exists "LAKE_CATALOG" catalog_source = iceberg_rest table_format = iceberg rest_config = (catalog_uri = 'https://catalog.example/iceberg' catalog_name = 'it\'s') rest_authentication = (type = oauth oauth_client_id = '&CATALOG_ID' oauth_client_secret = '&CATALOG_SECRET' oauth_allowed_scopes = ('catalog')) enabled = true;

use role "SECURITYADMIN";

-- Tables need the volume and the catalog
grant usage on external volume "LAKE_ICEBERG" to role "INGEST_PLATFORM";
grant usage on integration "LAKE_CATALOG" to role "INGEST_PLATFORM";

use role "SYSADMIN";

-- Holds the schemas of the tenants
create database if not exists "LAKE";

use role "SECURITYADMIN";

-- The platform owns it, and no tenant's role can change or drop it
grant ownership on database "LAKE" to role "INGEST_PLATFORM" copy current grants;

use role "SYSADMIN";

-- The raw tables of gulf
create schema if not exists "LAKE"."RAW_GULF" with managed access;

use role "SECURITYADMIN";

-- The platform owns it, and no tenant's role can change or drop it
grant ownership on schema "LAKE"."RAW_GULF" to role "INGEST_PLATFORM" copy current grants;

use role "SYSADMIN";

-- dbt on Snowflake reads gulf's tables here; they must have been loaded once
create iceberg table if not exists "LAKE"."RAW_GULF"."WELLSKY_LOCATION" external_volume = 'LAKE_ICEBERG' catalog = 'LAKE_CATALOG' catalog_namespace = 'gulf' catalog_table_name = 'wellsky_location' auto_refresh = true;
create iceberg table if not exists "LAKE"."RAW_GULF"."WELLSKY_LOCATIONPHONE" external_volume = 'LAKE_ICEBERG' catalog = 'LAKE_CATALOG' catalog_namespace = 'gulf' catalog_table_name = 'wellsky_locationphone' auto_refresh = true;
create iceberg table if not exists "LAKE"."RAW_GULF"."WELLSKY_ORGANIZATION" external_volume = 'LAKE_ICEBERG' catalog = 'LAKE_CATALOG' catalog_namespace = 'gulf' catalog_table_name = 'wellsky_organization' auto_refresh = true;
create iceberg table if not exists "LAKE"."RAW_GULF"."WELLSKY_PHYSICALADDRESS" external_volume = 'LAKE_ICEBERG' catalog = 'LAKE_CATALOG' catalog_namespace = 'gulf' catalog_table_name = 'wellsky_physicaladdress' auto_refresh = true;
create iceberg table if not exists "LAKE"."RAW_GULF"."WELLSKY_SERVICES" external_volume = 'LAKE_ICEBERG' catalog = 'LAKE_CATALOG' catalog_namespace = 'gulf' catalog_table_name = 'wellsky_services' auto_refresh = true;

-- The raw tables of prairie
create schema if not exists "LAKE"."RAW_PRAIRIE" with managed access;

use role "SECURITYADMIN";

-- The platform owns it, and no tenant's role can change or drop it
grant ownership on schema "LAKE"."RAW_PRAIRIE" to role "INGEST_PLATFORM" copy current grants;

use role "SYSADMIN";

-- dbt on Snowflake reads prairie's tables here; they must have been loaded once
create iceberg table if not exists "LAKE"."RAW_PRAIRIE"."ICAROL_RESOURCE" external_volume = 'LAKE_ICEBERG' catalog = 'LAKE_CATALOG' catalog_namespace = 'prairie' catalog_table_name = 'icarol_resource' auto_refresh = true;
