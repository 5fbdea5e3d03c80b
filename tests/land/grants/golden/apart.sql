-- Note: PRAIRIE_WH gets no resource monitor (no budget of credits: prairie)
-- Note: the target names no user: grant the roles to the one that signs in

use role "USERADMIN";

-- Owns the databases, schemas and warehouses; nothing runs as it
create role if not exists "INGEST_PLATFORM";

-- Reads what statements cost, and no data
create role if not exists "INGEST_COST";

-- Loads and transforms gulf, and no other tenant
create role if not exists "INGEST_GULF_WRITER";

-- Reads what gulf publishes
create role if not exists "INGEST_GULF_READER";

-- Loads and transforms gulf_north, and no other tenant
create role if not exists "INGEST_GULF_NORTH_WRITER";

-- Reads what gulf_north publishes
create role if not exists "INGEST_GULF_NORTH_READER";

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
grant role "INGEST_GULF_NORTH_WRITER" to role "INGEST_PLATFORM";
grant role "INGEST_GULF_NORTH_READER" to role "INGEST_PLATFORM";
grant role "INGEST_PRAIRIE_WRITER" to role "INGEST_PLATFORM";
grant role "INGEST_PRAIRIE_READER" to role "INGEST_PLATFORM";

use role "SYSADMIN";

-- Holds the schemas of the tenants
create database if not exists "RES_GULF";

use role "SECURITYADMIN";

-- The platform owns it, and no tenant's role can change or drop it
grant ownership on database "RES_GULF" to role "INGEST_PLATFORM" copy current grants;

use role "SYSADMIN";

-- Holds the schemas of the tenants
create database if not exists "RES_GULF_NORTH";

use role "SECURITYADMIN";

-- The platform owns it, and no tenant's role can change or drop it
grant ownership on database "RES_GULF_NORTH" to role "INGEST_PLATFORM" copy current grants;

use role "SYSADMIN";

-- Holds the schemas of the tenants
create database if not exists "RES_PRAIRIE";

use role "SECURITYADMIN";

-- The platform owns it, and no tenant's role can change or drop it
grant ownership on database "RES_PRAIRIE" to role "INGEST_PLATFORM" copy current grants;

use role "SYSADMIN";

-- Layer raw of gulf; grants in it are its owner's matter
create schema if not exists "RES_GULF"."RAW_GULF";
alter schema "RES_GULF"."RAW_GULF" enable managed access;

-- Layer elt of gulf; grants in it are its owner's matter
create schema if not exists "RES_GULF"."ELT_GULF";
alter schema "RES_GULF"."ELT_GULF" enable managed access;

-- Layer stage of gulf; grants in it are its owner's matter
create schema if not exists "RES_GULF"."STAGE_GULF";
alter schema "RES_GULF"."STAGE_GULF" enable managed access;

-- Layer raw of gulf_north; grants in it are its owner's matter
create schema if not exists "RES_GULF_NORTH"."RAW_GULF_NORTH";
alter schema "RES_GULF_NORTH"."RAW_GULF_NORTH" enable managed access;

-- Layer elt of gulf_north; grants in it are its owner's matter
create schema if not exists "RES_GULF_NORTH"."ELT_GULF_NORTH";
alter schema "RES_GULF_NORTH"."ELT_GULF_NORTH" enable managed access;

-- Layer stage of gulf_north; grants in it are its owner's matter
create schema if not exists "RES_GULF_NORTH"."STAGE_GULF_NORTH";
alter schema "RES_GULF_NORTH"."STAGE_GULF_NORTH" enable managed access;

-- Layer raw of prairie; grants in it are its owner's matter
create schema if not exists "RES_PRAIRIE"."RAW_PRAIRIE";
alter schema "RES_PRAIRIE"."RAW_PRAIRIE" enable managed access;

-- Layer elt of prairie; grants in it are its owner's matter
create schema if not exists "RES_PRAIRIE"."ELT_PRAIRIE";
alter schema "RES_PRAIRIE"."ELT_PRAIRIE" enable managed access;

-- Layer stage of prairie; grants in it are its owner's matter
create schema if not exists "RES_PRAIRIE"."STAGE_PRAIRIE";
alter schema "RES_PRAIRIE"."STAGE_PRAIRIE" enable managed access;

use role "SECURITYADMIN";

-- The platform owns it, and no tenant's role can change or drop it
grant ownership on schema "RES_GULF"."RAW_GULF" to role "INGEST_PLATFORM" copy current grants;
grant ownership on schema "RES_GULF"."ELT_GULF" to role "INGEST_PLATFORM" copy current grants;
grant ownership on schema "RES_GULF"."STAGE_GULF" to role "INGEST_PLATFORM" copy current grants;
grant ownership on schema "RES_GULF_NORTH"."RAW_GULF_NORTH" to role "INGEST_PLATFORM" copy current grants;
grant ownership on schema "RES_GULF_NORTH"."ELT_GULF_NORTH" to role "INGEST_PLATFORM" copy current grants;
grant ownership on schema "RES_GULF_NORTH"."STAGE_GULF_NORTH" to role "INGEST_PLATFORM" copy current grants;
grant ownership on schema "RES_PRAIRIE"."RAW_PRAIRIE" to role "INGEST_PLATFORM" copy current grants;
grant ownership on schema "RES_PRAIRIE"."ELT_PRAIRIE" to role "INGEST_PLATFORM" copy current grants;
grant ownership on schema "RES_PRAIRIE"."STAGE_PRAIRIE" to role "INGEST_PLATFORM" copy current grants;

use role "SYSADMIN";

-- Computes for gulf; suspended while nothing runs
create warehouse if not exists "GULF_WH" warehouse_size = 'SMALL' auto_suspend = 60 auto_resume = true statement_timeout_in_seconds = 300 initially_suspended = true;

-- One that was there before gets what the target says
alter warehouse "GULF_WH" set warehouse_size = 'SMALL' auto_suspend = 60 auto_resume = true statement_timeout_in_seconds = 300;

use role "ACCOUNTADMIN";

-- 41 credits monthly: the budget of gulf
create resource monitor if not exists "GULF_WH_MONITOR" with credit_quota = 41 frequency = monthly start_timestamp = immediately triggers on 75 percent do notify on 90 percent do notify on 100 percent do notify on 150 percent do suspend;

-- One that was there before gets the budget of the specs
alter resource monitor "GULF_WH_MONITOR" set credit_quota = 41 frequency = monthly start_timestamp = immediately triggers on 75 percent do notify on 90 percent do notify on 100 percent do notify on 150 percent do suspend;

-- The monitor counts this warehouse
alter warehouse "GULF_WH" set resource_monitor = "GULF_WH_MONITOR";

use role "SECURITYADMIN";

-- The platform owns it, and no tenant's role can change or drop it
grant ownership on warehouse "GULF_WH" to role "INGEST_PLATFORM" copy current grants;

-- INGEST_GULF_WRITER computes here
grant usage on warehouse "GULF_WH" to role "INGEST_GULF_WRITER";

-- Reading what statements cost takes a warehouse as well
grant usage on warehouse "GULF_WH" to role "INGEST_COST";

use role "SYSADMIN";

-- Computes for gulf_north; suspended while nothing runs
create warehouse if not exists "GULF_NORTH_WH" warehouse_size = 'SMALL' auto_suspend = 60 auto_resume = true statement_timeout_in_seconds = 300 initially_suspended = true;

-- One that was there before gets what the target says
alter warehouse "GULF_NORTH_WH" set warehouse_size = 'SMALL' auto_suspend = 60 auto_resume = true statement_timeout_in_seconds = 300;

use role "ACCOUNTADMIN";

-- 2 credits daily: the budget of gulf_north
create resource monitor if not exists "GULF_NORTH_WH_MONITOR" with credit_quota = 2 frequency = daily start_timestamp = immediately triggers on 75 percent do notify on 90 percent do notify on 100 percent do notify on 150 percent do suspend;

-- One that was there before gets the budget of the specs
alter resource monitor "GULF_NORTH_WH_MONITOR" set credit_quota = 2 frequency = daily start_timestamp = immediately triggers on 75 percent do notify on 90 percent do notify on 100 percent do notify on 150 percent do suspend;

-- The monitor counts this warehouse
alter warehouse "GULF_NORTH_WH" set resource_monitor = "GULF_NORTH_WH_MONITOR";

use role "SECURITYADMIN";

-- The platform owns it, and no tenant's role can change or drop it
grant ownership on warehouse "GULF_NORTH_WH" to role "INGEST_PLATFORM" copy current grants;

-- INGEST_GULF_NORTH_WRITER computes here
grant usage on warehouse "GULF_NORTH_WH" to role "INGEST_GULF_NORTH_WRITER";

-- Reading what statements cost takes a warehouse as well
grant usage on warehouse "GULF_NORTH_WH" to role "INGEST_COST";

use role "SYSADMIN";

-- Computes for prairie; suspended while nothing runs
create warehouse if not exists "PRAIRIE_WH" warehouse_size = 'SMALL' auto_suspend = 60 auto_resume = true statement_timeout_in_seconds = 300 initially_suspended = true;

-- One that was there before gets what the target says
alter warehouse "PRAIRIE_WH" set warehouse_size = 'SMALL' auto_suspend = 60 auto_resume = true statement_timeout_in_seconds = 300;

use role "SECURITYADMIN";

-- The platform owns it, and no tenant's role can change or drop it
grant ownership on warehouse "PRAIRIE_WH" to role "INGEST_PLATFORM" copy current grants;

-- INGEST_PRAIRIE_WRITER computes here
grant usage on warehouse "PRAIRIE_WH" to role "INGEST_PRAIRIE_WRITER";

-- Reading what statements cost takes a warehouse as well
grant usage on warehouse "PRAIRIE_WH" to role "INGEST_COST";

-- INGEST_GULF_WRITER finds its schemas
grant usage on database "RES_GULF" to role "INGEST_GULF_WRITER";

-- INGEST_GULF_WRITER makes tables here
grant usage, create table, create view, create stage, create file format, create temporary table on schema "RES_GULF"."RAW_GULF" to role "INGEST_GULF_WRITER";

-- INGEST_GULF_WRITER also writes what another role made here
grant select, insert, update, delete, truncate on future tables in schema "RES_GULF"."RAW_GULF" to role "INGEST_GULF_WRITER";
grant select, insert, update, delete, truncate on all tables in schema "RES_GULF"."RAW_GULF" to role "INGEST_GULF_WRITER";

-- INGEST_GULF_WRITER makes tables here
grant usage, create table, create view, create stage, create file format, create temporary table on schema "RES_GULF"."ELT_GULF" to role "INGEST_GULF_WRITER";

-- INGEST_GULF_WRITER also writes what another role made here
grant select, insert, update, delete, truncate on future tables in schema "RES_GULF"."ELT_GULF" to role "INGEST_GULF_WRITER";
grant select, insert, update, delete, truncate on all tables in schema "RES_GULF"."ELT_GULF" to role "INGEST_GULF_WRITER";

-- INGEST_GULF_WRITER makes tables here
grant usage, create table, create view, create stage, create file format, create temporary table on schema "RES_GULF"."STAGE_GULF" to role "INGEST_GULF_WRITER";

-- INGEST_GULF_WRITER also writes what another role made here
grant select, insert, update, delete, truncate on future tables in schema "RES_GULF"."STAGE_GULF" to role "INGEST_GULF_WRITER";
grant select, insert, update, delete, truncate on all tables in schema "RES_GULF"."STAGE_GULF" to role "INGEST_GULF_WRITER";

-- INGEST_GULF_READER finds what it reads
grant usage on database "RES_GULF" to role "INGEST_GULF_READER";
grant usage on schema "RES_GULF"."STAGE_GULF" to role "INGEST_GULF_READER";

-- INGEST_GULF_READER selects, and does nothing else
grant select on future tables in schema "RES_GULF"."STAGE_GULF" to role "INGEST_GULF_READER";
grant select on all tables in schema "RES_GULF"."STAGE_GULF" to role "INGEST_GULF_READER";
grant select on future views in schema "RES_GULF"."STAGE_GULF" to role "INGEST_GULF_READER";
grant select on all views in schema "RES_GULF"."STAGE_GULF" to role "INGEST_GULF_READER";

-- INGEST_GULF_NORTH_WRITER finds its schemas
grant usage on database "RES_GULF_NORTH" to role "INGEST_GULF_NORTH_WRITER";

-- INGEST_GULF_NORTH_WRITER makes tables here
grant usage, create table, create view, create stage, create file format, create temporary table on schema "RES_GULF_NORTH"."RAW_GULF_NORTH" to role "INGEST_GULF_NORTH_WRITER";

-- INGEST_GULF_NORTH_WRITER also writes what another role made here
grant select, insert, update, delete, truncate on future tables in schema "RES_GULF_NORTH"."RAW_GULF_NORTH" to role "INGEST_GULF_NORTH_WRITER";
grant select, insert, update, delete, truncate on all tables in schema "RES_GULF_NORTH"."RAW_GULF_NORTH" to role "INGEST_GULF_NORTH_WRITER";

-- INGEST_GULF_NORTH_WRITER makes tables here
grant usage, create table, create view, create stage, create file format, create temporary table on schema "RES_GULF_NORTH"."ELT_GULF_NORTH" to role "INGEST_GULF_NORTH_WRITER";

-- INGEST_GULF_NORTH_WRITER also writes what another role made here
grant select, insert, update, delete, truncate on future tables in schema "RES_GULF_NORTH"."ELT_GULF_NORTH" to role "INGEST_GULF_NORTH_WRITER";
grant select, insert, update, delete, truncate on all tables in schema "RES_GULF_NORTH"."ELT_GULF_NORTH" to role "INGEST_GULF_NORTH_WRITER";

-- INGEST_GULF_NORTH_WRITER makes tables here
grant usage, create table, create view, create stage, create file format, create temporary table on schema "RES_GULF_NORTH"."STAGE_GULF_NORTH" to role "INGEST_GULF_NORTH_WRITER";

-- INGEST_GULF_NORTH_WRITER also writes what another role made here
grant select, insert, update, delete, truncate on future tables in schema "RES_GULF_NORTH"."STAGE_GULF_NORTH" to role "INGEST_GULF_NORTH_WRITER";
grant select, insert, update, delete, truncate on all tables in schema "RES_GULF_NORTH"."STAGE_GULF_NORTH" to role "INGEST_GULF_NORTH_WRITER";

-- INGEST_GULF_NORTH_READER finds what it reads
grant usage on database "RES_GULF_NORTH" to role "INGEST_GULF_NORTH_READER";
grant usage on schema "RES_GULF_NORTH"."STAGE_GULF_NORTH" to role "INGEST_GULF_NORTH_READER";

-- INGEST_GULF_NORTH_READER selects, and does nothing else
grant select on future tables in schema "RES_GULF_NORTH"."STAGE_GULF_NORTH" to role "INGEST_GULF_NORTH_READER";
grant select on all tables in schema "RES_GULF_NORTH"."STAGE_GULF_NORTH" to role "INGEST_GULF_NORTH_READER";
grant select on future views in schema "RES_GULF_NORTH"."STAGE_GULF_NORTH" to role "INGEST_GULF_NORTH_READER";
grant select on all views in schema "RES_GULF_NORTH"."STAGE_GULF_NORTH" to role "INGEST_GULF_NORTH_READER";

-- INGEST_PRAIRIE_WRITER finds its schemas
grant usage on database "RES_PRAIRIE" to role "INGEST_PRAIRIE_WRITER";

-- INGEST_PRAIRIE_WRITER makes tables here
grant usage, create table, create view, create stage, create file format, create temporary table on schema "RES_PRAIRIE"."RAW_PRAIRIE" to role "INGEST_PRAIRIE_WRITER";

-- INGEST_PRAIRIE_WRITER also writes what another role made here
grant select, insert, update, delete, truncate on future tables in schema "RES_PRAIRIE"."RAW_PRAIRIE" to role "INGEST_PRAIRIE_WRITER";
grant select, insert, update, delete, truncate on all tables in schema "RES_PRAIRIE"."RAW_PRAIRIE" to role "INGEST_PRAIRIE_WRITER";

-- INGEST_PRAIRIE_WRITER makes tables here
grant usage, create table, create view, create stage, create file format, create temporary table on schema "RES_PRAIRIE"."ELT_PRAIRIE" to role "INGEST_PRAIRIE_WRITER";

-- INGEST_PRAIRIE_WRITER also writes what another role made here
grant select, insert, update, delete, truncate on future tables in schema "RES_PRAIRIE"."ELT_PRAIRIE" to role "INGEST_PRAIRIE_WRITER";
grant select, insert, update, delete, truncate on all tables in schema "RES_PRAIRIE"."ELT_PRAIRIE" to role "INGEST_PRAIRIE_WRITER";

-- INGEST_PRAIRIE_WRITER makes tables here
grant usage, create table, create view, create stage, create file format, create temporary table on schema "RES_PRAIRIE"."STAGE_PRAIRIE" to role "INGEST_PRAIRIE_WRITER";

-- INGEST_PRAIRIE_WRITER also writes what another role made here
grant select, insert, update, delete, truncate on future tables in schema "RES_PRAIRIE"."STAGE_PRAIRIE" to role "INGEST_PRAIRIE_WRITER";
grant select, insert, update, delete, truncate on all tables in schema "RES_PRAIRIE"."STAGE_PRAIRIE" to role "INGEST_PRAIRIE_WRITER";

-- INGEST_PRAIRIE_READER finds what it reads
grant usage on database "RES_PRAIRIE" to role "INGEST_PRAIRIE_READER";
grant usage on schema "RES_PRAIRIE"."STAGE_PRAIRIE" to role "INGEST_PRAIRIE_READER";

-- INGEST_PRAIRIE_READER selects, and does nothing else
grant select on future tables in schema "RES_PRAIRIE"."STAGE_PRAIRIE" to role "INGEST_PRAIRIE_READER";
grant select on all tables in schema "RES_PRAIRIE"."STAGE_PRAIRIE" to role "INGEST_PRAIRIE_READER";
grant select on future views in schema "RES_PRAIRIE"."STAGE_PRAIRIE" to role "INGEST_PRAIRIE_READER";
grant select on all views in schema "RES_PRAIRIE"."STAGE_PRAIRIE" to role "INGEST_PRAIRIE_READER";

use role "ACCOUNTADMIN";

-- platform/cost asks QUERY_HISTORY and QUERY_ATTRIBUTION_HISTORY
grant database role "SNOWFLAKE"."USAGE_VIEWER" to role "INGEST_COST";
grant database role "SNOWFLAKE"."GOVERNANCE_VIEWER" to role "INGEST_COST";
