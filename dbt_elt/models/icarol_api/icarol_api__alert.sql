{{ config(materialized='incremental') }}
{{ icarol__alert_sql() }}
