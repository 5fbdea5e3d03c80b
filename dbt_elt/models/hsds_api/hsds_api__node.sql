{{ config(materialized='incremental') }}
{{ hsds_source_nodes() }}
