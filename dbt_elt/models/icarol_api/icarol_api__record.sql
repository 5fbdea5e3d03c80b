{{ config(materialized='incremental') }}
{{ icarol__record_sql() }}
