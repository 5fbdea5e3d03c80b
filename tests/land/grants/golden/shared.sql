-- Note: INGEST_WH gets no resource monitor (no budget of credits: gulf, prairie)

use role "USERADMIN";

-- Owns the databases, schemas and warehouses; nothing runs as it
create role if not exists "INGEST_PLATFORM";

-- Reads what statements cost, and no data
create role if not exists "INGEST_COST";

-- Loads and transforms gulf, and no other tenant
create role if not exists "INGEST_GULF_WRITER";

-- Reads what gulf publishes
create role if not exists "INGEST_GULF_READER";

-- Loads and transforms prairie, and no other tenant
create role if not exists "INGEST_PRAIRIE_WRITER";

-- Reads what prairie publishes
create role if not exists "INGEST_PRAIRIE_READER";

use role "SECURITYADMIN";

-- Administrators manage what the platform owns
grant role "INGEST_PLATFORM" to role "SYSADMIN";

-- Tables of a tenant are the platform's, too
grant role "INGEST_GULF_WRITER" to role "INGEST_PLATFORM";
grant role "INGEST_GULF_READER" to role "INGEST_PLATFORM";
grant role "INGEST_PRAIRIE_WRITER" to role "INGEST_PLATFORM";
grant role "INGEST_PRAIRIE_READER" to role "INGEST_PLATFORM";

use role "SYSADMIN";

-- Holds the schemas of the tenants
create database if not exists "RESOURCES";

use role "SECURITYADMIN";

-- The platform owns it, and no tenant's role can change or drop it
grant ownership on database "RESOURCES" to role "INGEST_PLATFORM" copy current grants;

use role "SYSADMIN";

-- Layer raw of gulf; grants in it are its owner's matter
create schema if not exists "RESOURCES"."RAW_GULF";
alter schema "RESOURCES"."RAW_GULF" enable managed access;

-- Layer elt of gulf; grants in it are its owner's matter
create schema if not exists "RESOURCES"."ELT_GULF";
alter schema "RESOURCES"."ELT_GULF" enable managed access;

-- Layer stage of gulf; grants in it are its owner's matter
create schema if not exists "RESOURCES"."STAGE_GULF";
alter schema "RESOURCES"."STAGE_GULF" enable managed access;

-- Layer raw of prairie; grants in it are its owner's matter
create schema if not exists "RESOURCES"."RAW_PRAIRIE";
alter schema "RESOURCES"."RAW_PRAIRIE" enable managed access;

-- Layer elt of prairie; grants in it are its owner's matter
create schema if not exists "RESOURCES"."ELT_PRAIRIE";
alter schema "RESOURCES"."ELT_PRAIRIE" enable managed access;

-- Layer stage of prairie; grants in it are its owner's matter
create schema if not exists "RESOURCES"."STAGE_PRAIRIE";
alter schema "RESOURCES"."STAGE_PRAIRIE" enable managed access;

use role "SECURITYADMIN";

-- The platform owns it, and no tenant's role can change or drop it
grant ownership on schema "RESOURCES"."RAW_GULF" to role "INGEST_PLATFORM" copy current grants;
grant ownership on schema "RESOURCES"."ELT_GULF" to role "INGEST_PLATFORM" copy current grants;
grant ownership on schema "RESOURCES"."STAGE_GULF" to role "INGEST_PLATFORM" copy current grants;
grant ownership on schema "RESOURCES"."RAW_PRAIRIE" to role "INGEST_PLATFORM" copy current grants;
grant ownership on schema "RESOURCES"."ELT_PRAIRIE" to role "INGEST_PLATFORM" copy current grants;
grant ownership on schema "RESOURCES"."STAGE_PRAIRIE" to role "INGEST_PLATFORM" copy current grants;

use role "SYSADMIN";

-- Computes for all tenants; suspended while nothing runs
create warehouse if not exists "INGEST_WH" warehouse_size = 'XSMALL' auto_suspend = 60 auto_resume = true statement_timeout_in_seconds = 300 initially_suspended = true;

-- One that was there before gets what the target says
alter warehouse "INGEST_WH" set warehouse_size = 'XSMALL' auto_suspend = 60 auto_resume = true statement_timeout_in_seconds = 300;

use role "SECURITYADMIN";

-- The platform owns it, and no tenant's role can change or drop it
grant ownership on warehouse "INGEST_WH" to role "INGEST_PLATFORM" copy current grants;

-- INGEST_GULF_WRITER computes here
grant usage on warehouse "INGEST_WH" to role "INGEST_GULF_WRITER";

-- INGEST_PRAIRIE_WRITER computes here
grant usage on warehouse "INGEST_WH" to role "INGEST_PRAIRIE_WRITER";

-- Reading what statements cost takes a warehouse as well
grant usage on warehouse "INGEST_WH" to role "INGEST_COST";

-- INGEST_GULF_WRITER finds its schemas
grant usage on database "RESOURCES" to role "INGEST_GULF_WRITER";

-- INGEST_GULF_WRITER makes tables here
grant usage, create table, create view, create stage, create file format, create temporary table on schema "RESOURCES"."RAW_GULF" to role "INGEST_GULF_WRITER";

-- INGEST_GULF_WRITER also writes what another role made here
grant select, insert, update, delete, truncate on future tables in schema "RESOURCES"."RAW_GULF" to role "INGEST_GULF_WRITER";
grant select, insert, update, delete, truncate on all tables in schema "RESOURCES"."RAW_GULF" to role "INGEST_GULF_WRITER";

-- INGEST_GULF_WRITER makes tables here
grant usage, create table, create view, create stage, create file format, create temporary table on schema "RESOURCES"."ELT_GULF" to role "INGEST_GULF_WRITER";

-- INGEST_GULF_WRITER also writes what another role made here
grant select, insert, update, delete, truncate on future tables in schema "RESOURCES"."ELT_GULF" to role "INGEST_GULF_WRITER";
grant select, insert, update, delete, truncate on all tables in schema "RESOURCES"."ELT_GULF" to role "INGEST_GULF_WRITER";

-- INGEST_GULF_WRITER makes tables here
grant usage, create table, create view, create stage, create file format, create temporary table on schema "RESOURCES"."STAGE_GULF" to role "INGEST_GULF_WRITER";

-- INGEST_GULF_WRITER also writes what another role made here
grant select, insert, update, delete, truncate on future tables in schema "RESOURCES"."STAGE_GULF" to role "INGEST_GULF_WRITER";
grant select, insert, update, delete, truncate on all tables in schema "RESOURCES"."STAGE_GULF" to role "INGEST_GULF_WRITER";

-- INGEST_GULF_READER finds what it reads
grant usage on database "RESOURCES" to role "INGEST_GULF_READER";
grant usage on schema "RESOURCES"."STAGE_GULF" to role "INGEST_GULF_READER";

-- INGEST_GULF_READER selects, and does nothing else
grant select on future tables in schema "RESOURCES"."STAGE_GULF" to role "INGEST_GULF_READER";
grant select on all tables in schema "RESOURCES"."STAGE_GULF" to role "INGEST_GULF_READER";
grant select on future views in schema "RESOURCES"."STAGE_GULF" to role "INGEST_GULF_READER";
grant select on all views in schema "RESOURCES"."STAGE_GULF" to role "INGEST_GULF_READER";

-- INGEST_PRAIRIE_WRITER finds its schemas
grant usage on database "RESOURCES" to role "INGEST_PRAIRIE_WRITER";

-- INGEST_PRAIRIE_WRITER makes tables here
grant usage, create table, create view, create stage, create file format, create temporary table on schema "RESOURCES"."RAW_PRAIRIE" to role "INGEST_PRAIRIE_WRITER";

-- INGEST_PRAIRIE_WRITER also writes what another role made here
grant select, insert, update, delete, truncate on future tables in schema "RESOURCES"."RAW_PRAIRIE" to role "INGEST_PRAIRIE_WRITER";
grant select, insert, update, delete, truncate on all tables in schema "RESOURCES"."RAW_PRAIRIE" to role "INGEST_PRAIRIE_WRITER";

-- INGEST_PRAIRIE_WRITER makes tables here
grant usage, create table, create view, create stage, create file format, create temporary table on schema "RESOURCES"."ELT_PRAIRIE" to role "INGEST_PRAIRIE_WRITER";

-- INGEST_PRAIRIE_WRITER also writes what another role made here
grant select, insert, update, delete, truncate on future tables in schema "RESOURCES"."ELT_PRAIRIE" to role "INGEST_PRAIRIE_WRITER";
grant select, insert, update, delete, truncate on all tables in schema "RESOURCES"."ELT_PRAIRIE" to role "INGEST_PRAIRIE_WRITER";

-- INGEST_PRAIRIE_WRITER makes tables here
grant usage, create table, create view, create stage, create file format, create temporary table on schema "RESOURCES"."STAGE_PRAIRIE" to role "INGEST_PRAIRIE_WRITER";

-- INGEST_PRAIRIE_WRITER also writes what another role made here
grant select, insert, update, delete, truncate on future tables in schema "RESOURCES"."STAGE_PRAIRIE" to role "INGEST_PRAIRIE_WRITER";
grant select, insert, update, delete, truncate on all tables in schema "RESOURCES"."STAGE_PRAIRIE" to role "INGEST_PRAIRIE_WRITER";

-- INGEST_PRAIRIE_READER finds what it reads
grant usage on database "RESOURCES" to role "INGEST_PRAIRIE_READER";
grant usage on schema "RESOURCES"."STAGE_PRAIRIE" to role "INGEST_PRAIRIE_READER";

-- INGEST_PRAIRIE_READER selects, and does nothing else
grant select on future tables in schema "RESOURCES"."STAGE_PRAIRIE" to role "INGEST_PRAIRIE_READER";
grant select on all tables in schema "RESOURCES"."STAGE_PRAIRIE" to role "INGEST_PRAIRIE_READER";
grant select on future views in schema "RESOURCES"."STAGE_PRAIRIE" to role "INGEST_PRAIRIE_READER";
grant select on all views in schema "RESOURCES"."STAGE_PRAIRIE" to role "INGEST_PRAIRIE_READER";

use role "ACCOUNTADMIN";

-- platform/cost asks QUERY_HISTORY and QUERY_ATTRIBUTION_HISTORY
grant database role "SNOWFLAKE"."USAGE_VIEWER" to role "INGEST_COST";
grant database role "SNOWFLAKE"."GOVERNANCE_VIEWER" to role "INGEST_COST";

use role "SECURITYADMIN";

-- svc_ingest loads gulf as INGEST_GULF_WRITER
grant role "INGEST_GULF_WRITER" to user "SVC_INGEST";

-- svc_ingest loads prairie as INGEST_PRAIRIE_WRITER
grant role "INGEST_PRAIRIE_WRITER" to user "SVC_INGEST";

-- svc_ingest asks what statements cost as INGEST_COST
grant role "INGEST_COST" to user "SVC_INGEST";

-- Else a session for one tenant holds the roles of all the others as secondary ones
alter user "SVC_INGEST" set default_secondary_roles = ();

-- The platform signs in from its own networks only
create network policy if not exists "INGEST_PLATFORM_NETWORK" allowed_ip_list = ('203.0.113.0/24', '198.51.100.7/32');

-- One that was there before gets the networks of the target
alter network policy "INGEST_PLATFORM_NETWORK" set allowed_ip_list = ('203.0.113.0/24', '198.51.100.7/32');

-- The policy holds for this user, not for the account
alter user "SVC_INGEST" set network_policy = "INGEST_PLATFORM_NETWORK";
