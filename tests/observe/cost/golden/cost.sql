with attributed as (
    select query_id, sum(credits_attributed_compute + coalesce(credits_used_query_acceleration, 0)) as credits
    from snowflake.account_usage.query_attribution_history
    where start_time >= to_timestamp_tz('2026-11-01 00:00:00 +0000') and start_time < to_timestamp_tz('2026-12-01 00:00:00 +0000')
    group by query_id
),
ran as (
    select
        to_char(convert_timezone('UTC', q.start_time), 'YYYY-MM-DD') as day,
        coalesce(get_path(try_parse_json(q.query_tag), 'tenant')::varchar, '') as tenant,
        coalesce(get_path(try_parse_json(q.query_tag), 'state')::varchar, '') as state,
        coalesce(get_path(try_parse_json(q.query_tag), 'layer')::varchar, '') as layer,
        coalesce(get_path(try_parse_json(q.query_tag), 'table')::varchar, '') as table_name,
        q.user_name,
        q.warehouse_name,
        coalesce(q.query_parameterized_hash, q.query_hash, q.query_id) as alike,
        left(q.query_text, 500) as query_text,
        coalesce(a.credits, 0) as credits,
        coalesce(q.execution_time, 0) / 1000 as execution_seconds,
        coalesce(q.bytes_scanned, 0) as bytes_scanned,
        coalesce(q.bytes_written, 0) as bytes_written
    from snowflake.account_usage.query_history as q
    left join attributed as a on a.query_id = q.query_id
    where q.start_time >= to_timestamp_tz('2026-11-01 00:00:00 +0000') and q.start_time < to_timestamp_tz('2026-12-01 00:00:00 +0000')
      and (q.warehouse_name in ('INGEST_WH', 'OTHER_WH') or q.database_name in ('RESOURCES'))
)
select
    day, tenant, state, layer, table_name,
    count(*) as statements,
    sum(credits) as credits,
    sum(execution_seconds) as execution_seconds,
    sum(bytes_scanned) as bytes_scanned,
    sum(bytes_written) as bytes_written
from ran
group by day, tenant, state, layer, table_name
order by day, tenant, state, layer, table_name
