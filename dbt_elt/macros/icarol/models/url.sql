{# Web addresses after the first of organizations and services. #}
{% macro icarol__url_sql() %}
with
record as (
  select num, kind, {{ re_replace('websites', '[;, ]+', ' ') }} as websites
  from {{ icarol__ref('record') }}
  where {{ in_state() }} and kind in ('agency', 'program')
),

site as (
  select record.num, record.kind, {{ clean_url('item.part') }} as url
  from record
  {{ split_list('record.websites', ' ', 'item') }}
  where item.place > 1
)

select distinct
  {{ hsds_id('icarol', 'url', "kind || ':' || site.num || ':' || url") }} as id,
  cast(null as varchar) as label,
  url,
  case when kind = 'agency' then {{ hsds_id('icarol', 'agency', 'site.num') }} end as organization_id,
  case when kind = 'program' then {{ hsds_id('icarol', 'program', 'site.num') }} end as service_id,
  '{{ tenant() }}' as _tenant,
  '{{ current_state() }}' as _state,
  '{{ icarol__system() }}' as _system,
  'url' as _source_table,
  kind || ':' || site.num || ':' || url as _source_id,
  cast(null as varchar) as _load_id
from site
where url is not null
{% endmacro %}
