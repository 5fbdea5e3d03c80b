{{ config(materialized='incremental') }}
{{ icarol__offer_sql() }}
