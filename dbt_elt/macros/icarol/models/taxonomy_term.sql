{# Terms in use. Without a licence the code stands for name and description. #}
{% macro icarol__taxonomy_term_sql() %}
select
  {{ hsds_id('icarol', 'taxonomy_term', "taxonomy || ':' || code") }} as id,
  code,
  coalesce(max(term), code) as name,
  coalesce(max(term), code) as description,
  cast(null as varchar) as parent_id,
  taxonomy,
  cast(null as varchar) as language,
  {{ hsds_id('icarol', 'taxonomy', 'taxonomy') }} as taxonomy_id,
  cast(null as varchar) as term_uri,
  '{{ tenant() }}' as _tenant,
  '{{ current_state() }}' as _state,
  '{{ icarol__system() }}' as _system,
  'taxonomy_term' as _source_table,
  taxonomy || ':' || code as _source_id,
  max(_load_id) as _load_id
from {{ icarol__ref('annotation') }}
where {{ in_state() }}
group by taxonomy, code
{% endmacro %}
