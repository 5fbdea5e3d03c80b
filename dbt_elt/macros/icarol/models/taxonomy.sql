{# The taxonomies in use. #}
{% macro icarol__taxonomy_sql() %}
select
  {{ hsds_id('icarol', 'taxonomy', 'taxonomy') }} as id,
  case taxonomy when 'human_services' then 'Human services taxonomy' else 'iCarol fields' end as name,
  case taxonomy
    when 'human_services' then 'Codes of the taxonomy that the resource database is indexed with'
    else 'Fields of the resource database that HSDS has no place for'
  end as description,
  cast(null as varchar) as uri,
  cast(null as varchar) as version,
  '{{ tenant() }}' as _tenant,
  '{{ current_state() }}' as _state,
  '{{ icarol__system() }}' as _system,
  'taxonomy' as _source_table,
  taxonomy as _source_id,
  max(_load_id) as _load_id
from {{ icarol__ref('annotation') }}
where {{ in_state() }}
group by taxonomy
{% endmacro %}
