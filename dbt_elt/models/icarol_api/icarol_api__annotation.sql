{{ config(materialized='incremental') }}
{{ icarol__annotation_sql() }}
